#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>

#include <gtest/gtest.h>
#include <libcache/key_builder.h>

namespace libcache {
namespace {

enum class Model { kElo, kPoisson };

void append_key(KeyBuilder& out, Model model) { out.add(model == Model::kElo ? "elo" : "poisson"); }

struct Round {
  int season;
  int number;
};

void append_key(KeyBuilder& out, const Round& round) { out.add(round.season, '/', round.number); }

constexpr std::size_t kCapacity = KeyBuilder::kCapacity;

template <class... Parts>
std::string key_of(const Parts&... parts) {
  const KeyBuilder built(parts...);
  const std::optional<Key> key = built.key();
  return key ? std::string(key->bytes()) : "(too long)";
}

TEST(KeyBuilder, PartsFollowEachOther) {
  EXPECT_EQ(key_of("prediction:", 17, ':', Model::kPoisson), "prediction:17:poisson");
}

TEST(KeyBuilder, NoPartsAreTheEmptyKey) {
  EXPECT_EQ(key_of(), "");
  EXPECT_EQ(key_of("", std::string()), "");
}

TEST(KeyBuilder, PartsMayComeOneAfterTheOther) {
  KeyBuilder built("a");
  built.add('b').add(3, "d");
  EXPECT_EQ(built.key(), Key("ab3d"));
}

TEST(KeyBuilder, TextIsAnyKindOfString) {
  EXPECT_EQ(key_of("literal,", std::string("string,"), std::string_view("view")),
            "literal,string,view");
}

TEST(KeyBuilder, TextIsAnyBytes) {
  const std::string bytes("\0\xff\n", 3);
  EXPECT_EQ(key_of("<", bytes, ">"), "<" + bytes + ">");
}

TEST(KeyBuilder, IntegersAreDecimal) {
  EXPECT_EQ(key_of(0), "0");
  EXPECT_EQ(key_of(-1), "-1");
  EXPECT_EQ(key_of(std::numeric_limits<std::int64_t>::min()), "-9223372036854775808");
  EXPECT_EQ(key_of(std::numeric_limits<std::uint64_t>::max()), "18446744073709551615");
}

TEST(KeyBuilder, AByteIsANumberAndACharIsACharacter) {
  EXPECT_EQ(key_of(std::uint8_t{65}), "65");
  EXPECT_EQ(key_of(std::int8_t{-65}), "-65");
  EXPECT_EQ(key_of('A'), "A");
}

TEST(KeyBuilder, ATypeSaysHowItIsWritten) { EXPECT_EQ(key_of("r:", Round{2024, 3}), "r:2024/3"); }

TEST(KeyBuilder, WhatHasNoObviousTextIsNoPart) {
  enum class Nameless { kOne };
  static_assert(!KeyPart<bool>);
  static_assert(!KeyPart<double>);
  static_assert(!KeyPart<wchar_t>);
  static_assert(!KeyPart<void*>);
  static_assert(!KeyPart<Nameless>);
}

TEST(KeyBuilder, AKeyMayTakeAllOfTheCapacity) {
  const std::string full(kCapacity, 'x');
  EXPECT_EQ(key_of(full), full);
  EXPECT_EQ(key_of(full.substr(2), 17), full.substr(2) + "17");
  EXPECT_EQ(key_of(full, ""), full);
}

TEST(KeyBuilder, AKeyOverTheCapacityIsNone) {
  const std::string full(kCapacity, 'x');
  EXPECT_EQ(key_of(full + 'x'), "(too long)");
  EXPECT_EQ(key_of(full, 'x'), "(too long)");
  EXPECT_EQ(key_of(full.substr(2), 170), "(too long)");
  EXPECT_EQ(key_of(full.substr(2), Round{1, 1}), "(too long)");
}

TEST(KeyBuilder, WhatFitsAfterAPartThatDidNotMakesNoKeyEither) {
  KeyBuilder built(std::string(kCapacity + 1, 'x'));
  EXPECT_EQ(built.add("y").add(1).key(), std::nullopt);
}

TEST(KeyBuilder, ACopyHasAKeyOfItsOwn) {
  KeyBuilder built("a");
  const KeyBuilder copy = built;
  built.add("b");
  EXPECT_EQ(copy.key(), Key("a"));
  EXPECT_EQ(built.key(), Key("ab"));
}

}  // namespace
}  // namespace libcache
