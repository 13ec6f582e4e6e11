#include "server/persist/rdb_parser.h"

#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <libcache/operations.h>

namespace sideline::persist {
namespace {

using std::string_literals::operator""s;
using libcache::kNoDeadline;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

using Found = RdbParser::Found;
using Values = RdbParser::Values;

constexpr int kDatabases = 16;

/// What is found in some bytes, up to the end or a failure.
struct Outcome {
  std::vector<std::string> found;  ///< "0/k=v", "0/k@deadline=v", "0/k:type", "function"
  std::string failure;
  std::uint64_t offset = 0;
};

std::string shown(const RdbParser& parser) {
  std::string text = std::to_string(parser.database()) + "/" + std::string(parser.key());
  if (parser.deadline_ms() != kNoDeadline) text += "@" + std::to_string(parser.deadline_ms());
  return text;
}

Outcome parse(std::string_view bytes, Values values = Values::kRead, WantedEntries wanted = {}) {
  MemoryReader reader(bytes);
  RdbParser parser(reader, values, kDatabases, 0, std::move(wanted));
  Outcome outcome;
  for (Found found = Found::kNothing; found != Found::kEnd && found != Found::kFailure;) {
    found = parser.next();
    if (found == Found::kEntry) {
      outcome.found.push_back(shown(parser) + "=" + std::string(parser.value()));
    }
    if (found == Found::kOtherValue) {
      outcome.found.push_back(shown(parser) + ":" + std::string(parser.type()));
    }
    if (found == Found::kFunction) outcome.found.emplace_back("function");
  }
  if (!reader.ok()) {
    outcome.failure = reader.failure()->reason;
    outcome.offset = reader.failure()->offset;
  }
  return outcome;
}

/// One thing, and the end behind it.
std::string parse_one(const std::string& bytes) {
  const Outcome outcome = parse(bytes + "\xFF");
  EXPECT_EQ(outcome.failure, "");
  EXPECT_EQ(outcome.found.size(), 1);
  return outcome.found.empty() ? "" : outcome.found[0];
}

int version_of(const std::string& header) {
  MemoryReader reader(header);
  return RdbParser(reader, Values::kRead, kDatabases).read_header();
}

TEST(RdbParser, KnowsTheVersionsUpToThatOfRedis72) {
  EXPECT_EQ(version_of("REDIS0001"), 1);
  EXPECT_EQ(version_of("REDIS0011"), 11);
  EXPECT_EQ(version_of("REDIS0012"), 0);
  EXPECT_EQ(version_of("REDIS0000"), 0);
  EXPECT_EQ(version_of("REDIS-001"), 0);
  EXPECT_EQ(version_of("RODIS0010"), 0);
  EXPECT_EQ(version_of("REDIS00"), 0);
  EXPECT_EQ(version_of(""), 0);
}

TEST(RdbParser, ReadsStringsInEveryForm) {
  EXPECT_EQ(parse_one("\0\1k\1v"s), "0/k=v");
  EXPECT_EQ(parse_one("\0\1k\x40\2vv"s), "0/k=vv");
  EXPECT_EQ(parse_one("\0\1k\x80\0\0\0\2vv"s), "0/k=vv");
  EXPECT_EQ(parse_one("\0\1k\x81\0\0\0\0\0\0\0\2vv"s), "0/k=vv");
  EXPECT_EQ(parse_one("\0\1k\xC0\xFF"s), "0/k=-1");
  EXPECT_EQ(parse_one("\0\1k\xC1\0\1"s), "0/k=256");
  EXPECT_EQ(parse_one("\0\1k\xC2\0\0\1\0"s), "0/k=65536");
  // Two literal bytes, then three from one byte back.
  EXPECT_EQ(parse_one("\0\1k\xC3\5\5\1ab\x20\0"s), "0/k=abbbb");
  EXPECT_EQ(parse_one("\0\xC0\7\1v"s), "0/7=v");
}

TEST(RdbParser, ReadsDeadlinesInSecondsToo) {
  EXPECT_EQ(parse_one("\xFC\1\2\0\0\0\0\0\0\0\1k\1v"s), "0/k@513=v");
  EXPECT_EQ(parse_one("\xFD\1\2\0\0\0\1k\1v"s), "0/k@513000=v");
}

TEST(RdbParser, ADeadlineIsForOneEntry) {
  EXPECT_THAT(parse("\xFC\1\0\0\0\0\0\0\0\0\1k\1v\0\1l\1v\xFF"s).found,
              testing::ElementsAre("0/k@1=v", "0/l=v"));
}

TEST(RdbParser, PassesUsesOver) {
  EXPECT_EQ(parse_one("\xF8\x0A\0\1k\1v"s), "0/k=v");
  EXPECT_EQ(parse_one("\xF9\x0A\0\1k\1v"s), "0/k=v");
  EXPECT_EQ(parse_one("\xFC\1\0\0\0\0\0\0\0\xF9\x0A\0\1k\1v"s), "0/k@1=v");
}

TEST(RdbParser, FollowsDatabases) {
  EXPECT_EQ(parse_one("\xFE\3\xFB\1\0\0\1k\1v"s), "3/k=v");
  EXPECT_THAT(parse("\xFE\x10\0\1k\1v\xFF"s).failure, HasSubstr("database 16"));
}

TEST(RdbParser, PassesAuxiliaryFieldsOver) {
  EXPECT_EQ(parse_one("\xFA\1a\1b\xFA\1c\xC0\1\0\1k\1v"s), "0/k=v");
}

TEST(RdbParser, PassesFunctionsAndModulesOver) {
  EXPECT_EQ(parse_one("\xF5\3abc"s), "function");
  EXPECT_EQ(parse_one("\xF7\1\2\3\1\7\2\7\3ffff\4dddddddd\5\2ss\0"s), "function");
}

TEST(RdbParser, PassesValuesOfOtherTypesOver) {
  EXPECT_EQ(parse_one("\1\1k\2\1a\1b"s), "0/k:list");
  EXPECT_EQ(parse_one("\2\1k\2\1a\xC0\7"s), "0/k:set");
  EXPECT_EQ(parse_one("\3\1k\3\1a\0031.5\1b\xFD\1c\xFF"s), "0/k:sorted set");
  EXPECT_EQ(parse_one("\4\1k\1\1f\1v"s), "0/k:hash");
  EXPECT_EQ(parse_one("\5\1k\1\1adddddddd"s), "0/k:sorted set");
  EXPECT_EQ(parse_one("\7\1k\1\1\7\0"s), "0/k:module type");
  for (const char* const encoded :
       {"\x09", "\x0A", "\x0B", "\x0C", "\x0D", "\x10", "\x11", "\x14"}) {
    EXPECT_THAT(parse_one(encoded + "\1k\4blob"s), HasSubstr("0/k:"));
  }
  EXPECT_EQ(parse_one("\x0E\1k\2\1a\1b"s), "0/k:list");
  EXPECT_EQ(parse_one("\x12\1k\2\1\1a\2\1b"s), "0/k:list");
}

TEST(RdbParser, PassesStreamsOfEachVersionOver) {
  const std::string id(16, 'i');
  const std::string time(8, 't');
  const std::string nodes = "\1\1n\1p"s;
  const auto group = [&](const std::string& lengths, const std::string& seen) {
    return "\1\1g" + lengths + "\1" + id + time + "\1" + "\1\1c" + seen + "\1" + id;
  };
  EXPECT_EQ(parse_one("\x0F\1k" + nodes + "\1\1\1" + group("\1\1", time)), "0/k:stream");
  const std::string more = "\1\1\1\1\1\1\1\1";
  EXPECT_EQ(parse_one("\x13\1k" + nodes + more + group("\1\1\1", time)), "0/k:stream");
  EXPECT_EQ(parse_one("\x15\1k" + nodes + more + group("\1\1\1", time + time)), "0/k:stream");
}

TEST(RdbParser, RefusesWhatItDoesNotKnow) {
  EXPECT_THAT(parse("\x16\1k\1v\xFF"s).failure, HasSubstr("unknown type or operation 22"));
  EXPECT_THAT(parse("\6\1k\1v\xFF"s).failure, HasSubstr("unknown type or operation 6"));
  EXPECT_THAT(parse("\0\xC4\1k\1v\xFF"s).failure, HasSubstr("unknown encoding"));
  EXPECT_THAT(parse("\0\x82\1k\1v\xFF"s).failure, HasSubstr("unknown form of a length"));
  EXPECT_THAT(parse("\xFE\xC0\1\xFF"s).failure, HasSubstr("a string where a length"));
  EXPECT_THAT(parse("\7\1k\1\6\0\xFF"s).failure, HasSubstr("unknown piece"));
}

TEST(RdbParser, ALengthThatCannotBeIsAFailureAndNoMemory) {
  const std::string huge = "\x81\x0F\xFF\xFF\xFF\xFF\xFF\xFF\xFF"s;
  EXPECT_NE(parse("\0\1k" + huge).failure, "");
  EXPECT_NE(parse("\0\1k\xC3\5" + huge + "aaaaa").failure, "");
  EXPECT_NE(parse("\0\1k\xC3" + huge + "\5aaaaa").failure, "");
  EXPECT_NE(parse("\1\1k" + huge + "\1a").failure, "");
  EXPECT_NE(parse("\0\1k\xC3\5\0\1ab\x20\0\xFF"s).failure, "");
}

TEST(RdbParser, ACompressedStringIsNoLongerThanItsBytesCanMakeIt) {
  // 100 bytes for 512 MiB, and for 8888: LZF makes 264 of three at most.
  const std::string bytes(100, '\0');
  EXPECT_EQ(parse("\0\1k\xC3\x40\x64\x80\x20\0\0\0"s + bytes).failure,
            "impossible length of a compressed string");
  EXPECT_EQ(parse("\0\1k\xC3\x40\x64\x62\xB8"s + bytes).failure,
            "impossible length of a compressed string");
  // As many bytes as 512 MiB take are announced and do not come.
  EXPECT_EQ(parse("\0\1k\xC3\x80\0\x60\0\0\x80\x20\0\0\0"s + bytes).failure, "it ends too early");
}

TEST(RdbParser, CheckingFindsWhatReadingDoes) {
  EXPECT_EQ(parse("\0\1k\xC3\5\6\1ab\x20\0\xFF"s, Values::kCheck).failure,
            "a compressed string cannot be decompressed");
  EXPECT_EQ(parse("\0\1k\xC3\5\5\1ab\x20\0\xFF"s, Values::kCheck).failure, "");
}

TEST(RdbParser, AFailureTellsWhere) { EXPECT_EQ(parse("\0\1k\1v\x16"s).offset, 6); }

TEST(RdbParser, WhatIsNotWantedIsPassedOver) {
  // Of b the value is compressed, and could not be decompressed.
  const std::string bytes = "\0\1a\1v\0\1b\xC3\5\6\1ab\x20\0\0\1c\1w\xFF"s;
  const auto is_not_b = [](libcache::Key key) { return key.bytes() != "b"; };
  const Outcome outcome = parse(bytes, Values::kRead, {.key = is_not_b});
  EXPECT_EQ(outcome.failure, "");
  EXPECT_THAT(outcome.found, ElementsAre("0/a=v", "0/c=w"));
}

TEST(RdbParser, ValuesThatAreTooLargeArePassedOver) {
  // Plain, a number, and compressed, of three, two and six bytes.
  const std::string bytes = "\0\1a\3vvv\0\1b\xC0\x0C\0\1c\xC3\5\6\1ab\x40\0\xFF"s;
  EXPECT_THAT(parse(bytes, Values::kRead, {.largest_value = 2}).found, ElementsAre("0/b=12"));
  EXPECT_THAT(parse(bytes, Values::kRead, {.largest_value = 3}).found,
              ElementsAre("0/a=vvv", "0/b=12"));
}

}  // namespace
}  // namespace sideline::persist
