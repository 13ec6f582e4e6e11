#include "server/persist/rdb_strings.h"

#include <random>
#include <string>

#include <gtest/gtest.h>
#include <liblzf/lzf.h>

namespace sideline::persist::rdb {
namespace {

std::string length_of_14_bits(std::size_t length) {
  return {static_cast<char>(0x40 | length >> 8), static_cast<char>(length)};
}

/// A compressed string as it stands in a snapshot, whatever its bytes are.
std::string compressed(const std::string& bytes, std::size_t length) {
  return '\xC3' + length_of_14_bits(bytes.size()) + length_of_14_bits(length) + bytes;
}

/// Whether both find the same: the one that looks at it, and the one that decodes it.
bool agree(const std::string& stored, bool& is_right) {
  MemoryReader to_check(stored);
  MemoryReader to_read(stored);
  std::string room;
  const std::uint64_t checked = check_string(to_check);
  const std::string_view read = read_string(to_read, room);
  is_right = to_read.ok();
  if (!is_right) return !to_check.ok();
  return to_check.ok() && checked == read.size() && to_check.offset() == to_read.offset();
}

TEST(RdbStringsTest, WhatIsCompressedIsCheckedAsItIsRead) {
  constexpr int kStrings = 30'000;
  std::mt19937 random(1);
  const auto below = [&](std::size_t end) { return random() % end; };
  int right = 0;
  for (int i = 0; i < kStrings; ++i) {
    std::string plain(4 + below(600), '\0');
    const std::size_t letters = 1 + below(4);
    for (char& c : plain) c = static_cast<char>('a' + below(letters));
    std::string bytes(2 * plain.size(), '\0');
    bytes.resize(lzf_compress(plain.data(), static_cast<unsigned>(plain.size()), bytes.data(),
                              static_cast<unsigned>(bytes.size())));
    std::size_t length = plain.size();
    // Most are spoilt: other bytes, a part of them, or another length.
    for (std::size_t n = below(4); n != 0 && !bytes.empty(); --n) {
      bytes[below(bytes.size())] = static_cast<char>(random());
    }
    if (below(4) == 0) bytes.resize(below(bytes.size() + 1));
    if (below(4) == 0) length += below(3);
    bool is_right = false;
    ASSERT_TRUE(agree(compressed(bytes, length), is_right)) << "the string " << i;
    right += is_right ? 1 : 0;
  }
  EXPECT_GT(right, kStrings / 20);
  EXPECT_LT(right, kStrings * 19 / 20);
}

TEST(RdbStringsTest, NothingCannotBeDecompressed) {
  bool is_right = true;
  EXPECT_TRUE(agree(compressed("", 1), is_right));
  EXPECT_FALSE(is_right);
}

}  // namespace
}  // namespace sideline::persist::rdb
