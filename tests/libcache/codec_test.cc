#include <array>
#include <chrono>
#include <cstdint>
#include <memory_resource>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include <gtest/gtest.h>
#include <libcache/codec.h>

namespace libcache {
namespace {

using std::string_view_literals::operator""sv;

template <class Codec, class Value>
std::string stored(const Value& value) {
  std::pmr::string out;
  encode_stored<Codec>(value, out);
  return std::string(out);
}

template <class Codec, class Value>
std::optional<Value> round_trip(const Value& value) {
  return decode_stored<Codec>(stored<Codec>(value));
}

struct Score {
  std::int32_t home = 0;
  std::int32_t away = 0;
  bool operator==(const Score&) const = default;
};

struct Moment {
  explicit Moment(std::int64_t at) : ms(at) {}
  std::int64_t ms;
};

template <class T>
using Trivial = TrivialCodec<T, Format("value", 1)>;

TEST(Format, VersionsOfANameDiffer) {
  static_assert(Format("Score", 1) == Format("Score", 1));
  static_assert(Format("Score", 1) != Format("Score", 2));
  static_assert(Format("Score", 0) != Format("Score", 0xFFFFFFFF));
}

TEST(Format, NamesDiffer) {
  static_assert(Format("Score", 1) != Format("score", 1));
  static_assert(Format("Score", 1) != Format("", 1));
}

TEST(TrivialCodec, NumbersEnumsStructsAndArraysComeBack) {
  enum class Side : std::uint8_t { kHome, kAway };
  EXPECT_EQ(round_trip<Trivial<double>>(0.1), 0.1);
  EXPECT_EQ(round_trip<Trivial<bool>>(true), true);
  EXPECT_EQ(round_trip<Trivial<Side>>(Side::kAway), Side::kAway);
  EXPECT_EQ(round_trip<Trivial<Score>>(Score{3, 2}), (Score{3, 2}));
  EXPECT_EQ((round_trip<Trivial<std::array<int, 3>>>(std::array{1, 2, 3})), (std::array{1, 2, 3}));
  EXPECT_EQ(round_trip<Trivial<std::chrono::seconds>>(std::chrono::seconds(7)),
            std::chrono::seconds(7));
}

TEST(TrivialCodec, ATypeNeedsNoDefault) {
  EXPECT_EQ(round_trip<Trivial<Moment>>(Moment(17))->ms, 17);
}

TEST(TrivialCodec, TheFormatTakesFourBytes) {
  EXPECT_EQ(stored<Trivial<Score>>(Score{}).size(), 4 + sizeof(Score));
}

TEST(TrivialCodec, TruncatedBytesAreAMiss) {
  const std::string whole = stored<Trivial<Score>>(Score{3, 2});
  for (std::size_t size = 0; size < whole.size(); ++size) {
    EXPECT_EQ(decode_stored<Trivial<Score>>(whole.substr(0, size)), std::nullopt) << size;
  }
}

TEST(TrivialCodec, FurtherBytesAreAMiss) {
  EXPECT_EQ(decode_stored<Trivial<Score>>(stored<Trivial<Score>>(Score{3, 2}) + '\0'),
            std::nullopt);
}

TEST(TrivialCodec, AByteThatIsNoBoolIsAMiss) {
  std::string bytes = stored<Trivial<bool>>(true);
  bytes.back() = 2;
  EXPECT_EQ(decode_stored<Trivial<bool>>(bytes), std::nullopt);
}

TEST(TrivialCodec, WhatRefersToSomethingElseIsRefused) {
  static_assert(TriviallyStored<Score>);
  static_assert(!TriviallyStored<std::string>);
  static_assert(!TriviallyStored<std::string_view>);
  static_assert(!TriviallyStored<const char*>);
  static_assert(!TriviallyStored<Score*>);
  static_assert(!TriviallyStored<int Score::*>);
  static_assert(!TriviallyStored<std::nullptr_t>);
  static_assert(!TriviallyStored<const Score>);
  static_assert(!TriviallyStored<int[2]>);
}

TEST(StringCodec, AnyBytesComeBack) {
  const std::string zeros("\0a\0\xff\0", 5);
  EXPECT_EQ(round_trip<StringCodec<>>(zeros), zeros);
  EXPECT_EQ(round_trip<StringCodec<>>(std::string()), "");
}

TEST(StringCodec, WithoutItsFormatBytesAreAMiss) {
  EXPECT_EQ(decode_stored<StringCodec<>>(""), std::nullopt);
  EXPECT_EQ(decode_stored<StringCodec<>>("abc"), std::nullopt);
  EXPECT_EQ(decode_stored<StringCodec<>>("plain text"), std::nullopt);
  EXPECT_EQ(decode_stored<StringCodec<>>("\0\0\0\0\0"sv), std::nullopt);
}

TEST(DecodeStored, AnyOtherFormatIsAMiss) {
  const std::string whole = stored<Trivial<Score>>(Score{3, 2});
  for (std::size_t bit = 0; bit < 32; ++bit) {
    std::string other = whole;
    other[bit / 8] = static_cast<char>(other[bit / 8] ^ (1 << bit % 8));
    EXPECT_EQ(decode_stored<Trivial<Score>>(other), std::nullopt) << bit;
  }
}

struct NoFormat {
  static void encode(int value, std::pmr::string& out);
  static std::optional<int> decode(std::string_view bytes);
};
struct DecodesToAnother {
  static constexpr Format kFormat{"int", 1};
  static void encode(int value, std::pmr::string& out);
  static std::optional<long> decode(std::string_view bytes);
};
struct Right : DecodesToAnother {
  static std::optional<int> decode(std::string_view bytes);
};

TEST(CodecFor, AsksForAFormatAndTwoFunctions) {
  static_assert(CodecFor<Right, int>);
  static_assert(CodecFor<Trivial<Score>, Score>);
  static_assert(CodecFor<StringCodec<>, std::string>);
  static_assert(!CodecFor<NoFormat, int>);
  static_assert(!CodecFor<DecodesToAnother, int>);
  static_assert(!CodecFor<Trivial<Score>, int>);
}

TEST(DecodesInPlace, IsForCodecsThatSaySo) {
  static_assert(DecodesInPlace<Trivial<Score>>);
  static_assert(DecodesInPlace<StringCodec<>>);
  static_assert(!DecodesInPlace<Right>);
}

}  // namespace
}  // namespace libcache
