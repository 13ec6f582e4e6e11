#include "server/net/read_buffer.h"

#include <algorithm>
#include <string>
#include <string_view>

#include <gtest/gtest.h>

namespace sideline::net {
namespace {

class ReadBufferTest : public ::testing::Test {
 protected:
  /// One read of these bytes, as far as there is room. Returns how many were taken.
  std::size_t read(std::string_view bytes, std::size_t wanted = 1) {
    const auto room = buffer.prepare(wanted);
    EXPECT_FALSE(room.empty());
    const std::size_t size = bytes.copy(room.data(), room.size());
    buffer.commit(size);
    return size;
  }

  void read_all(std::string_view bytes, std::size_t wanted = 1) {
    while (!bytes.empty()) bytes.remove_prefix(read(bytes, wanted));
  }

  ReadBuffer buffer;
};

TEST_F(ReadBufferTest, StartsWithoutMemory) {
  EXPECT_EQ(buffer.capacity(), 0U);
  EXPECT_EQ(buffer.unread(), "");
}

TEST_F(ReadBufferTest, KeepsWhatWasNotUsed) {
  read("abcdef");
  buffer.consume(2);
  EXPECT_EQ(buffer.unread(), "cdef");
  read("gh");
  EXPECT_EQ(buffer.unread(), "cdefgh");
}

TEST_F(ReadBufferTest, SmallRequestsNeedTheLeast) {
  for (int i = 0; i < 1000; ++i) {
    read("GET k");
    buffer.consume(5);
  }
  EXPECT_EQ(buffer.capacity(), ReadBuffer::kMinRead);
}

TEST_F(ReadBufferTest, ReadsThatFillItMakeTheNextOnesLarger) {
  const std::string pipeline(200'000, 'x');
  for (int i = 0; i < 10; ++i) buffer.consume(read(pipeline));
  EXPECT_EQ(read(pipeline), ReadBuffer::kMaxRead);
}

TEST_F(ReadBufferTest, ManySmallReadsMakeItSmallAgain) {
  const std::string pipeline(200'000, 'x');
  for (int i = 0; i < 10; ++i) buffer.consume(read(pipeline));
  for (int i = 0; i < 1000; ++i) buffer.consume(read("GET k"));
  EXPECT_EQ(buffer.capacity(), ReadBuffer::kMinRead);
}

TEST_F(ReadBufferTest, OneSmallReadDoesNot) {
  const std::string pipeline(200'000, 'x');
  for (int i = 0; i < 10; ++i) buffer.consume(read(pipeline));
  buffer.consume(read("GET k"));
  EXPECT_EQ(read(pipeline), ReadBuffer::kMaxRead);
}

TEST_F(ReadBufferTest, ALongRequestGrowsItInProportion) {
  const std::string request(10'000'000, 'x');
  read_all(request, request.size());
  EXPECT_EQ(buffer.unread(), request);
  EXPECT_LE(buffer.capacity(), 2 * request.size() + ReadBuffer::kMaxRead);
}

TEST_F(ReadBufferTest, ALongRequestTakesFewReads) {
  std::string_view rest = "";
  const std::string request(10'000'000, 'x');
  rest = request;
  int reads = 0;
  for (; !rest.empty(); ++reads) rest.remove_prefix(read(rest, rest.size()));
  EXPECT_LE(reads, 30);
}

TEST_F(ReadBufferTest, AnAnnouncementAloneTakesNoMemory) {
  read("$536870912\r\n", 1);
  static_cast<void>(buffer.prepare(536'870'912));
  EXPECT_LE(buffer.capacity(), ReadBuffer::kMaxRead * 2);
}

TEST_F(ReadBufferTest, GivesTheMemoryOfALongRequestBack) {
  const std::string request(10'000'000, 'x');
  read_all(request);
  buffer.consume(request.size());
  read("x");
  EXPECT_LE(buffer.capacity(), ReadBuffer::kMaxRead);
}

TEST_F(ReadBufferTest, ClearDropsEverything) {
  read("abc");
  buffer.clear();
  EXPECT_EQ(buffer.unread(), "");
  EXPECT_EQ(buffer.capacity(), 0U);
  read("d");
  EXPECT_EQ(buffer.unread(), "d");
}

TEST_F(ReadBufferTest, AnyMixOfSizesKeepsTheBytes) {
  std::string expected;
  std::size_t size = 1;
  for (int i = 0; i < 2000; ++i) {
    size = (size * 31 + 7) % 5000 + 1;
    const std::string bytes(size, static_cast<char>('a' + i % 26));
    read_all(bytes);
    expected += bytes;
    const std::size_t used = std::min(expected.size(), (size * 17) % 6000);
    buffer.consume(used);
    expected.erase(0, used);
    ASSERT_EQ(buffer.unread(), expected) << i;
  }
}

}  // namespace
}  // namespace sideline::net
