#include "server/persist/rdb_writer.h"

#include <string>

#include <gmock/gmock.h>
#include <libcache/operations.h>

#include "server/persist/crc64.h"

namespace sideline::persist {
namespace {

using ::testing::EndsWith;
using ::testing::Le;
using ::testing::StartsWith;

using std::string_literals::operator""s;
using libcache::kNoDeadline;

class RdbWriterTest : public testing::Test {
 protected:
  /// What an entry of the key "k" looks like.
  static std::string entry(std::string_view value, std::int64_t deadline_ms = kNoDeadline,
                           bool compress = false) {
    std::string bytes;
    RdbWriter writer({.compress = compress, .checksum = false},
                     [&](std::string_view piece) { bytes += piece; });
    writer.entry("k", value, deadline_ms);
    writer.end();
    EXPECT_THAT(bytes, EndsWith("\xFF\0\0\0\0\0\0\0\0"s));
    return bytes.substr(0, bytes.size() - 9);
  }
};

TEST_F(RdbWriterTest, BeginsWithTheVersion) {
  std::string bytes;
  RdbWriter writer({.compress = true, .checksum = true},
                   [&](std::string_view piece) { bytes += piece; });
  writer.begin(1'700'000'000'000, 123);
  writer.end();
  EXPECT_THAT(bytes, StartsWith("REDIS0010\xFA\x09redis-ver"));
}

TEST_F(RdbWriterTest, EndsWithTheChecksumOfAllBeforeIt) {
  std::string bytes;
  RdbWriter writer({.compress = true, .checksum = true},
                   [&](std::string_view piece) { bytes += piece; });
  writer.entry("k", std::string(200'000, 'x'), kNoDeadline);
  writer.end();
  std::uint64_t written = 0;
  bytes.copy(reinterpret_cast<char*>(&written), 8, bytes.size() - 8);
  EXPECT_EQ(written, crc64(0, bytes.substr(0, bytes.size() - 8)));
}

TEST_F(RdbWriterTest, ADatabaseTellsItsSize) {
  std::string bytes;
  RdbWriter writer({.compress = false, .checksum = false},
                   [&](std::string_view piece) { bytes += piece; });
  writer.select(3, 63, 64);
  writer.end();
  EXPECT_THAT(bytes, StartsWith("\xFE\x03\xFB\x3F\x40\x40"));
}

TEST_F(RdbWriterTest, StringsHaveTheShortestLength) {
  EXPECT_EQ(entry(""), "\0\1k\0"s);
  EXPECT_EQ(entry("v"), "\0\1k\1v"s);
  EXPECT_EQ(entry(std::string(63, 'x')), "\0\1k\x3F"s + std::string(63, 'x'));
  EXPECT_EQ(entry(std::string(64, 'x')), "\0\1k\x40\x40"s + std::string(64, 'x'));
  EXPECT_EQ(entry(std::string(16383, 'x')), "\0\1k\x7F\xFF"s + std::string(16383, 'x'));
  EXPECT_EQ(entry(std::string(16384, 'x')), "\0\1k\x80\0\0\x40\0"s + std::string(16384, 'x'));
}

TEST_F(RdbWriterTest, IntegersAreBinary) {
  EXPECT_EQ(entry("0"), "\0\1k\xC0\0"s);
  EXPECT_EQ(entry("-128"), "\0\1k\xC0\x80"s);
  EXPECT_EQ(entry("128"), "\0\1k\xC1\x80\0"s);
  EXPECT_EQ(entry("-32769"), "\0\1k\xC2\xFF\x7F\xFF\xFF"s);
  EXPECT_EQ(entry("2147483647"), "\0\1k\xC2\xFF\xFF\xFF\x7F"s);
}

TEST_F(RdbWriterTest, WhatIsNoSuchIntegerIsText) {
  EXPECT_EQ(entry("2147483648"), "\0\1k\x0A"s + "2147483648");
  EXPECT_EQ(entry("007"), "\0\1k\3"s + "007");
  EXPECT_EQ(entry("-0"), "\0\1k\2"s + "-0");
}

TEST_F(RdbWriterTest, ADeadlineStandsBeforeTheEntry) {
  EXPECT_EQ(entry("v", 0x0102'0304'0506), "\xFC\6\5\4\3\2\1\0\0\0\1k\1v"s);
}

TEST_F(RdbWriterTest, CompressesWhatGetsShorter) {
  EXPECT_THAT(entry(std::string(1000, 'x'), kNoDeadline, true).size(), Le(40));
  EXPECT_EQ(entry(std::string(20, 'x'), kNoDeadline, true), "\0\1k\x14"s + std::string(20, 'x'));
  const std::string random = "q8s7dhv63ngkf93hd7sg2kdjf84";
  EXPECT_EQ(entry(random, kNoDeadline, true), "\0\1k\x1B"s + random);
}

}  // namespace
}  // namespace sideline::persist
