#include "server/command/table/table.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstdlib>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "server/command/families.h"
#include "server/command/table/flag_names.h"
#include "server/command/table/row_arguments.h"

namespace sideline::command {
namespace {

using testing::IsNull;
using testing::NotNull;

void nothing(Context&) {}

constexpr KeyRange kFirst[] = {{1, 1, 1, kRO}};
constexpr Row kParts[] = {
    {.name = "set-part", .arity = 3, .flags = kAdmin, .handler = nothing},
    {.name = "get", .arity = -3, .flags = kReadOnly | kFast, .handler = nothing},
};
constexpr Row kFamilyA[] = {
    {.name = "get", .arity = 2, .flags = kReadOnly | kFast, .keys = kFirst, .handler = nothing},
    {.name = "box", .arity = -2, .subcommands = kParts},
};
constexpr Row kFamilyB[] = {
    {.name = "a-name-of-24-characters!",
     .arity = 1,
     .flags = kWrite,
     .categories = kCatString,
     .handler = nothing},
};

class TableTest : public testing::Test {
 protected:
  static constexpr std::array<std::span<const Row>, 2> kFamilies = {kFamilyA, kFamilyB};
  Table table{kFamilies};

  const Row* find(std::vector<std::string_view> request) const { return table.find(request); }
};

TEST_F(TableTest, FindsACommandInAnyCase) {
  for (const std::string_view name : {"get", "GET", "gEt"}) {
    ASSERT_THAT(find({name, "k"}), NotNull()) << name;
    EXPECT_EQ(find({name, "k"})->full_name, "get");
  }
}

TEST_F(TableTest, KnowsNoOtherNames) {
  using std::string_view_literals::operator""sv;
  for (const std::string_view name :
       {""sv, "ge"sv, "gett"sv, "get\0"sv, "g\0t"sv, "GET "sv, "\x47\xc5\x54"sv,
        "a name that is longer than any name can be"sv}) {
    EXPECT_THAT(find({name}), IsNull()) << name;
  }
}

TEST_F(TableTest, FindsTheLongestNameThatFits) {
  EXPECT_THAT(find({"A-NAME-OF-24-CHARACTERS!"}), NotNull());
  EXPECT_THAT(find({"a-name-of-24-characters"}), IsNull());
}

TEST(TableOfManyNames, FindsNamesOfEveryLength) {
  constexpr std::string_view kLower = "abcdefghijklmnopqrstuvwx";
  constexpr std::string_view kUpper = "ABCDEFGHIJKLMNOPQRSTUVWX";
  std::vector<Row> rows;
  for (std::size_t size = 1; size <= kLower.size(); ++size) {
    rows.push_back({.name = kLower.substr(0, size), .arity = 1, .handler = nothing});
  }
  const std::span<const Row> family = rows;
  const Table table{std::span(&family, 1)};
  for (std::size_t size = 1; size <= kUpper.size(); ++size) {
    const Row* const row = table.find_command(kUpper.substr(0, size));
    ASSERT_THAT(row, NotNull()) << size;
    EXPECT_EQ(row->name.size(), size);
  }
}

TEST_F(TableTest, ALetterIsNotTakenForTheSignWithTheSameBits) {
  EXPECT_THAT(find({"A\rNAME\rOF\r24\rCHARACTERS!"}), IsNull());
}

TEST_F(TableTest, FindsASubcommand) {
  const Row* row = find({"Box", "SET-Part", "x"});
  ASSERT_THAT(row, NotNull());
  EXPECT_EQ(row->full_name, "box|set-part");
  ASSERT_THAT(row->parent, NotNull());
  EXPECT_EQ(row->parent->full_name, "box");
}

TEST_F(TableTest, AnUnknownSubcommandIsNotFound) { EXPECT_THAT(find({"box", "other"}), IsNull()); }

TEST_F(TableTest, AContainerAloneIsFound) {
  ASSERT_THAT(find({"box"}), NotNull());
  EXPECT_EQ(find({"box"})->full_name, "box");
}

TEST_F(TableTest, FindsFullNames) {
  EXPECT_EQ(table.find_full_name("GET")->full_name, "get");
  EXPECT_EQ(table.find_full_name("box|get")->full_name, "box|get");
  for (const std::string_view name : {"", "|", "box|", "get|box", "box|get|", "box get"}) {
    EXPECT_THAT(table.find_full_name(name), IsNull()) << name;
  }
}

TEST_F(TableTest, NumbersAllRows) {
  std::vector<std::string_view> names;
  for (std::size_t i = 0; i < table.size(); ++i) {
    EXPECT_EQ(table.row(i).index, i);
    names.push_back(table.row(i).full_name);
  }
  EXPECT_THAT(names, testing::ElementsAre("get", "box", "box|set-part", "box|get",
                                          "a-name-of-24-characters!"));
}

TEST_F(TableTest, FlagsImplyCategories) {
  EXPECT_EQ(find({"get"})->categories, kCatRead | kCatFast);
  EXPECT_EQ(find({"box"})->categories, kCatSlow);
  EXPECT_EQ(find({"box", "set-part"})->categories, kCatAdmin | kCatDangerous | kCatSlow);
  EXPECT_EQ(find({"a-name-of-24-characters!"})->categories, kCatString | kCatWrite | kCatSlow);
}

// --- All commands that there are
// -------------------------------------------------------------------

class AllRows : public testing::Test {
 protected:
  template <typename Check>
  void for_each_row(Check&& check) const {
    for (std::size_t i = 0; i < table.size(); ++i) {
      SCOPED_TRACE(table.row(i).full_name);
      check(table.row(i));
    }
  }
  Table table{all_families()};
};

TEST_F(AllRows, AreFoundByTheirNames) {
  for_each_row([&](const Row& row) { EXPECT_EQ(table.find_full_name(row.full_name), &row); });
}

TEST_F(AllRows, HaveTheirFacts) {
  static const std::set<std::string_view> kGroups = {"string", "generic", "connection", "server"};
  for_each_row([](const Row& row) {
    EXPECT_NE(row.arity, 0);
    EXPECT_FALSE(row.summary.empty());
    EXPECT_EQ(row.summary.back(), '.');
    EXPECT_FALSE(row.since.empty());
    EXPECT_TRUE(kGroups.contains(row.group)) << row.group;
    EXPECT_EQ(row.deprecated_since.empty(), row.replaced_by.empty());
  });
}

TEST_F(AllRows, HaveAHandlerUnlessTheirSubcommandsDo) {
  for_each_row(
      [](const Row& row) { EXPECT_TRUE(row.handler != nullptr || !row.subcommands.empty()); });
}

TEST_F(AllRows, WithSubcommandsHaveHelp) {
  for_each_row([](const Row& row) {
    if (row.subcommands.empty()) return;
    EXPECT_THAT(Table::find_subcommand(row, "HELP"), NotNull());
  });
}

TEST_F(AllRows, HaveTheirKeysAmongTheFewestArguments) {
  for_each_row([](const Row& row) {
    const auto fewest = static_cast<std::size_t>(std::abs(row.arity));
    for (const KeyRange& range : row.keys) {
      const KeyPositions keys = key_positions(range, fewest);
      EXPECT_GE(keys.first, 1U);
      EXPECT_LE(keys.first, keys.last);
      EXPECT_LT(keys.last, fewest);
      EXPECT_GE(keys.step, 1U);
    }
  });
}

TEST_F(AllRows, SayWhatTheyDoWithKeys) {
  for_each_row([](const Row& row) {
    const bool reads_or_writes = (row.flags & (kReadOnly | kWrite)) != 0;
    EXPECT_TRUE(row.keys.empty() || reads_or_writes);
    for (const KeyRange& range : row.keys) {
      const std::uint32_t kind = range.access & (kRO | kRW | kOW | kRM);
      EXPECT_EQ(std::popcount(kind), 1);
      EXPECT_TRUE((row.flags & kReadOnly) == 0 || kind == kRO);
    }
  });
}

void check_arguments(std::span<const Argument> arguments, std::size_t keys) {
  static const std::set<std::string_view> kTypes = {
      "key", "string", "integer", "double", "pattern", "unix-time", "pure-token", "oneof", "block"};
  static const std::set<std::string_view> kFlags = {"", "optional", "multiple",
                                                    "optional multiple"};
  for (const Argument& argument : arguments) {
    SCOPED_TRACE(argument.name);
    const bool is_group = argument.type == "oneof" || argument.type == "block";
    EXPECT_FALSE(argument.name.empty());
    EXPECT_TRUE(kTypes.contains(argument.type)) << argument.type;
    EXPECT_TRUE(kFlags.contains(argument.flags)) << argument.flags;
    EXPECT_EQ(argument.arguments.empty(), !is_group);
    EXPECT_TRUE(argument.type != "pure-token" || !argument.token.empty());
    EXPECT_LT(argument.key_spec, static_cast<int>(keys));
    EXPECT_EQ(argument.type == "key", argument.key_spec >= 0);
    check_arguments(argument.arguments, keys);
  }
}

TEST_F(AllRows, DocumentTheirArguments) {
  for_each_row([](const Row& row) { check_arguments(row.arguments, row.keys.size()); });
}

}  // namespace
}  // namespace sideline::command
