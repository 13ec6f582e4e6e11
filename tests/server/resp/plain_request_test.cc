#include "server/resp/plain_request.h"

#include <array>
#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace sideline::resp {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

constexpr std::size_t kMostArguments = 5;
constexpr std::size_t kMostBytes = 100;

/// Reads from an array of the exact size, so that a sanitizer sees a read behind the end.
struct Reading {
  explicit Reading(std::string_view input) : bytes(new char[input.size()]) {
    input.copy(bytes.get(), input.size());
    std::array<std::string_view, kMostArguments> room;
    std::size_t count = 0;
    const char* const next =
        read_plain_request(bytes.get(), bytes.get() + input.size(), kMostBytes, room, count);
    if (next == nullptr) return;
    consumed = next - bytes.get();
    arguments.assign(room.begin(), room.begin() + static_cast<std::ptrdiff_t>(count));
  }
  std::unique_ptr<char[]> bytes;
  std::vector<std::string_view> arguments;
  std::ptrdiff_t consumed = -1;  // it is not plain
};

std::string bulk(std::size_t size) {
  return "$" + std::to_string(size) + "\r\n" + std::string(size, 'x') + "\r\n";
}

TEST(PlainRequest, IsReadWithoutACopy) {
  const Reading reading("*2\r\n$3\r\nGET\r\n$16\r\nkey:000000000001\r\nrest");
  EXPECT_EQ(reading.consumed, 36);
  EXPECT_THAT(reading.arguments, ElementsAre("GET", "key:000000000001"));
  EXPECT_EQ(reading.arguments[0].data(), reading.bytes.get() + 8);
}

TEST(PlainRequest, MayHaveArgumentsOfAnySizeUpToTheLimit) {
  for (std::size_t size = 0; size <= kMostBytes; ++size) {
    const Reading reading("*1\r\n" + bulk(size));
    ASSERT_THAT(reading.arguments, ElementsAre(std::string(size, 'x')));
  }
  EXPECT_EQ(Reading("*1\r\n" + bulk(kMostBytes + 1)).consumed, -1);
}

TEST(PlainRequest, KeepsTheLimitOfArguments) {
  EXPECT_EQ(Reading("*0\r\n").consumed, 4);
  EXPECT_EQ(Reading("*5\r\n" + bulk(1) + bulk(1) + bulk(1) + bulk(1) + bulk(1)).consumed, 39);
  EXPECT_EQ(Reading("*6\r\n" + bulk(1) + bulk(1) + bulk(1) + bulk(1) + bulk(1) + bulk(1)).consumed,
            -1);
}

TEST(PlainRequest, IsNoneBeforeItIsAllThere) {
  const std::string whole = "*3\r\n" + bulk(0) + bulk(9) + bulk(12);
  for (std::size_t size = 0; size < whole.size(); ++size) {
    const Reading reading(std::string_view(whole).substr(0, size));
    ASSERT_EQ(reading.consumed, -1) << size;
    ASSERT_THAT(reading.arguments, IsEmpty()) << size;
  }
  EXPECT_EQ(Reading(whole).consumed, static_cast<std::ptrdiff_t>(whole.size()));
}

TEST(PlainRequest, HasItsNumbersInTheCanonicalForm) {
  for (const std::string number : {"01", "+1", "-1", " 1", "1 ", "", "1a", "a1", "0000000001"}) {
    EXPECT_EQ(Reading("*" + number + "\r\n$1\r\nx\r\n").consumed, -1) << number;
    EXPECT_EQ(Reading("*1\r\n$" + number + "\r\nx\r\n").consumed, -1) << number;
  }
}

TEST(PlainRequest, MayHaveAnyByteBehindACarriageReturnOrAnArgument) {
  EXPECT_THAT(Reading("*1\rX$1\rYaZZ").arguments, ElementsAre("a"));
}

TEST(PlainRequest, IsNoInlineRequest) {
  EXPECT_EQ(Reading("GET key\r\n").consumed, -1);
  EXPECT_EQ(Reading("*1\r\nGET\r\n").consumed, -1);
}

}  // namespace
}  // namespace sideline::resp
