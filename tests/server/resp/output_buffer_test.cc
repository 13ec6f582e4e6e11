#include "server/resp/output_buffer.h"

#include <cstddef>
#include <memory>
#include <random>
#include <string>
#include <string_view>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace sideline::resp {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

/// All bytes that wait.
std::string content(OutputBuffer& buffer) {
  std::string bytes;
  for (const std::string_view piece : buffer.front(buffer.size())) bytes += piece;
  EXPECT_EQ(bytes.size(), buffer.size());
  return bytes;
}

/// A value that is large enough to be lent.
std::shared_ptr<const std::string> value(char fill, std::size_t size = OutputBuffer::kLoanBytes) {
  return std::make_shared<const std::string>(size, fill);
}

TEST(OutputBuffer, IsEmptyAtFirst) {
  OutputBuffer buffer;
  EXPECT_TRUE(buffer.empty());
  EXPECT_THAT(buffer.front(10), IsEmpty());
}

TEST(OutputBuffer, CollectsSmallPiecesInOne) {
  OutputBuffer buffer;
  buffer.append("+OK\r\n");
  buffer.append("");
  buffer.append(":1\r\n");
  EXPECT_THAT(buffer.front(10), ElementsAre("+OK\r\n:1\r\n"));
  EXPECT_EQ(buffer.size(), 9u);
}

TEST(OutputBuffer, TakesBytesThatAreMadeInPlace) {
  OutputBuffer buffer;
  buffer.append("a");
  buffer.commit(std::string_view("bc").copy(buffer.prepare(100), 2));
  buffer.append("d");
  EXPECT_EQ(content(buffer), "abcd");
}

TEST(OutputBuffer, NeverMovesWhatWasWritten) {
  OutputBuffer buffer;
  buffer.append("first");
  const char* const address = buffer.front(1)[0].data();
  for (int i = 0; i < 100'000; ++i) buffer.append("more");
  EXPECT_EQ(buffer.front(1)[0].data(), address);
  EXPECT_EQ(buffer.size(), 400'005u);
}

TEST(OutputBuffer, HoldsAPieceOfAnySize) {
  OutputBuffer buffer;
  const std::string large(300'000, 'x');
  buffer.append("a");
  buffer.append(large);
  buffer.append("b");
  EXPECT_EQ(content(buffer), "a" + large + "b");
}

TEST(OutputBuffer, LendsALargeValueWithoutCopying) {
  const auto lent = value('v');
  OutputBuffer buffer;
  buffer.append("$2048\r\n");
  buffer.append_shared(*lent, lent, lent->size());
  buffer.append("\r\n");
  EXPECT_THAT(buffer.front(10), ElementsAre("$2048\r\n", std::string_view(*lent), "\r\n"));
  EXPECT_EQ(buffer.front(10)[1].data(), lent->data());
}

TEST(OutputBuffer, CopiesASmallValueAndLetsItsOwnerGo) {
  const auto lent = value('v', OutputBuffer::kLoanBytes - 1);
  OutputBuffer buffer;
  buffer.append_shared(*lent, lent, lent->size());
  EXPECT_EQ(lent.use_count(), 1);
  EXPECT_EQ(content(buffer), *lent);
}

TEST(OutputBuffer, KeepsAnOwnerUntilItsBytesAreConsumed) {
  const auto lent = value('v');
  OutputBuffer buffer;
  buffer.append("head");
  buffer.append_shared(*lent, lent, lent->size());
  buffer.append("tail");
  buffer.consume(4 + lent->size() - 1);
  EXPECT_EQ(lent.use_count(), 2);
  buffer.consume(1);
  EXPECT_EQ(lent.use_count(), 1);
  EXPECT_EQ(content(buffer), "tail");
}

TEST(OutputBuffer, LetsOwnersGoWhenItIsClearedOrDestroyed) {
  const auto lent = value('v');
  {
    OutputBuffer buffer;
    buffer.append_shared(*lent, lent, lent->size());
    buffer.clear();
    EXPECT_EQ(lent.use_count(), 1);
    EXPECT_TRUE(buffer.empty());
    buffer.append_shared(*lent, lent, lent->size());
  }
  EXPECT_EQ(lent.use_count(), 1);
}

TEST(OutputBuffer, ShowsNoMorePiecesThanAskedFor) {
  const auto lent = value('v');
  OutputBuffer buffer;
  buffer.append("a");
  buffer.append_shared(*lent, lent, lent->size());
  buffer.append("b");
  EXPECT_THAT(buffer.front(0), IsEmpty());
  EXPECT_THAT(buffer.front(1), ElementsAre("a"));
  EXPECT_THAT(buffer.front(2), ElementsAre("a", std::string_view(*lent)));
}

TEST(OutputBuffer, GoesOnBehindPartlyConsumedBytes) {
  OutputBuffer buffer;
  buffer.append("abcdef");
  buffer.consume(2);
  buffer.append("gh");
  EXPECT_THAT(buffer.front(10), ElementsAre("cdefgh"));
}

TEST(OutputBuffer, ReusesTheMemoryOfASmallBuffer) {
  OutputBuffer buffer;
  buffer.append("first");
  const char* const address = buffer.front(1)[0].data();
  buffer.consume(5);
  buffer.append("second");
  EXPECT_EQ(buffer.front(1)[0].data(), address);
}

TEST(OutputBuffer, TruncatesWithinAPiece) {
  OutputBuffer buffer;
  buffer.append("abcdef");
  buffer.truncate(2);
  buffer.append("x");
  EXPECT_THAT(buffer.front(10), ElementsAre("abx"));
}

TEST(OutputBuffer, TruncatesWholePieces) {
  const auto lent = value('v');
  OutputBuffer buffer;
  buffer.append("abc");
  buffer.append_shared(*lent, lent, lent->size());
  buffer.append("tail");
  buffer.truncate(3);
  EXPECT_EQ(lent.use_count(), 1);
  buffer.append("d");
  EXPECT_EQ(content(buffer), "abcd");
}

TEST(OutputBuffer, TruncatesWithinALentPiece) {
  const auto lent = value('v');
  OutputBuffer buffer;
  buffer.append_shared(*lent, lent, lent->size());
  buffer.truncate(2);
  buffer.append("x");
  EXPECT_EQ(content(buffer), "vvx");
}

TEST(OutputBuffer, TruncatesToNothingOrNotAtAll) {
  OutputBuffer buffer;
  buffer.truncate(0);
  buffer.append("abc");
  buffer.truncate(3);
  EXPECT_EQ(content(buffer), "abc");
  buffer.truncate(0);
  EXPECT_TRUE(buffer.empty());
}

TEST(OutputBuffer, TruncatesBehindConsumedBytes) {
  OutputBuffer buffer;
  buffer.append("abcdef");
  buffer.consume(2);
  buffer.truncate(3);
  EXPECT_EQ(content(buffer), "cde");
}

TEST(OutputBuffer, KnowsHowManyBytesAreLent) {
  const auto lent = value('v');
  OutputBuffer buffer;
  buffer.append("own");
  EXPECT_EQ(buffer.lent(), 0u);
  buffer.append_shared(*lent, lent, lent->size());
  buffer.append("own");
  EXPECT_EQ(buffer.lent(), lent->size());
  buffer.consume(3 + 10);
  EXPECT_EQ(buffer.lent(), lent->size() - 10);
  buffer.truncate(20);
  EXPECT_EQ(buffer.lent(), 20u);
  buffer.consume(20);
  EXPECT_EQ(buffer.lent(), 0u);
}

TEST(OutputBuffer, DropsEverythingWhenItsLimitIsExceeded) {
  OutputBuffer buffer;
  buffer.set_limit(10'000);
  for (int i = 0; i < 100; ++i) buffer.append(std::string(100, 'x'));
  EXPECT_FALSE(buffer.overflowed());
  for (int i = 0; i < 1000; ++i) buffer.append(std::string(100, 'x'));
  EXPECT_TRUE(buffer.overflowed());
  EXPECT_LT(buffer.size(), 100'000u);
}

TEST(OutputBuffer, MayBeTruncatedToAnySizeOnceItOverflowed) {
  OutputBuffer buffer;
  buffer.set_limit(1000);
  for (int i = 0; i < 100; ++i) buffer.append(std::string(100, 'x'));
  ASSERT_TRUE(buffer.overflowed());
  buffer.truncate(9000);
  buffer.append("more");
  EXPECT_TRUE(buffer.overflowed());
}

TEST(OutputBuffer, DoesNotCountLentBytesForItsLimit) {
  const auto lent = value('v');
  OutputBuffer buffer;
  buffer.set_limit(2000);
  for (int i = 0; i < 50; ++i) {
    buffer.append("header");
    buffer.append_shared(*lent, lent, lent->size());
  }
  EXPECT_FALSE(buffer.overflowed());
  EXPECT_EQ(buffer.size(), 50 * (6 + lent->size()));
}

TEST(OutputBuffer, BehavesLikeAStringUnderAnyMixOfChanges) {
  std::mt19937 random(1);
  const auto below = [&](std::size_t bound) { return random() % bound; };
  OutputBuffer buffer;
  std::string expected;
  for (int i = 0; i < 20'000; ++i) {
    const auto lent = value(static_cast<char>('a' + below(26)), below(3000));
    switch (below(8)) {
      case 0:
        buffer.truncate(expected.size() / 4 * 3);
        expected.resize(expected.size() / 4 * 3);
        break;
      case 1:
      case 2: {
        const std::size_t sent = below(expected.size() + 1);
        buffer.consume(sent);
        expected.erase(0, sent);
        break;
      }
      case 3:
        buffer.append_shared(*lent, lent, lent->size());
        expected += *lent;
        break;
      default:
        buffer.append(lent->substr(0, 100));
        expected += lent->substr(0, 100);
    }
    ASSERT_EQ(buffer.size(), expected.size()) << "after " << i << " changes";
    // Only now and then, as looking makes pieces of what was written.
    if (below(4) == 0) {
      ASSERT_EQ(content(buffer), expected) << "after " << i << " changes";
    }
  }
}

TEST(OutputBuffer, TruncatesWhatNobodyHasSeenYet) {
  const auto lent = value('v');
  OutputBuffer buffer;
  buffer.append("abc");
  buffer.append("def");
  buffer.append_shared(*lent, lent, lent->size());
  buffer.append("ghi");
  buffer.append("jkl");
  buffer.truncate(buffer.size() - 2);
  EXPECT_EQ(content(buffer), "abcdef" + *lent + "ghij");
  buffer.append("mno");
  buffer.truncate(4);
  EXPECT_EQ(content(buffer), "abcd");
  EXPECT_EQ(buffer.lent(), 0U);
  buffer.append("x");
  buffer.consume(2);
  EXPECT_EQ(content(buffer), "cdx");
}

}  // namespace
}  // namespace sideline::resp
