#include "server/command/data/set_options.h"

#include <optional>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

namespace sideline::command {
namespace {

using When = libcache::SetOptions::When;
using Words = std::vector<std::string_view>;

std::optional<ValueOptions> of_set(Words options) {
  options.insert(options.begin(), {"SET", "k", "v"});
  return parse_value_options(options, OptionsOf::kSet);
}

std::optional<ValueOptions> of_getex(Words options) {
  options.insert(options.begin(), {"GETEX", "k"});
  return parse_value_options(options, OptionsOf::kGetEx);
}

TEST(ValueOptions, AreDefaultsWhenNoneAreGiven) {
  const auto options = of_set({});
  ASSERT_TRUE(options);
  EXPECT_EQ(options->when, When::kAlways);
  EXPECT_EQ(options->expiry, Expiry::kDefault);
  EXPECT_FALSE(options->get);
  EXPECT_FALSE(options->names_time());
}

TEST(ValueOptions, AreReadInAnyOrderAndCase) {
  const auto options = of_set({"get", "Px", "100", "nX"});
  ASSERT_TRUE(options);
  EXPECT_EQ(options->when, When::kIfAbsent);
  EXPECT_EQ(options->expiry, Expiry::kMilliseconds);
  EXPECT_EQ(options->time, "100");
  EXPECT_TRUE(options->get);
}

TEST(ValueOptions, MayComeTwiceAndTheLastHolds) {
  const auto options = of_set({"EX", "1", "NX", "EX", "2", "NX"});
  ASSERT_TRUE(options);
  EXPECT_EQ(options->time, "2");
}

TEST(ValueOptions, ExcludeOneAnother) {
  EXPECT_FALSE(of_set({"NX", "XX"}));
  EXPECT_FALSE(of_set({"XX", "NX"}));
  EXPECT_FALSE(of_set({"EX", "1", "PX", "1"}));
  EXPECT_FALSE(of_set({"KEEPTTL", "EX", "1"}));
  EXPECT_FALSE(of_set({"PXAT", "1", "KEEPTTL"}));
  EXPECT_FALSE(of_getex({"PERSIST", "EX", "1"}));
}

TEST(ValueOptions, ThatTakeATimeNeedOne) {
  for (const std::string_view option : {"EX", "PX", "EXAT", "PXAT"}) {
    EXPECT_FALSE(of_set({option})) << option;
    EXPECT_FALSE(of_getex({option})) << option;
    EXPECT_TRUE(of_getex({option, "anything"})) << option;
  }
}

TEST(ValueOptions, BelongToTheirCommand) {
  EXPECT_FALSE(of_set({"PERSIST"}));
  for (const std::string_view option : {"NX", "XX", "GET", "KEEPTTL"}) {
    EXPECT_FALSE(of_getex({option})) << option;
  }
}

TEST(ValueOptions, AreRefusedIfUnknown) {
  EXPECT_FALSE(of_set({""}));
  EXPECT_FALSE(of_set({"NXX"}));
  EXPECT_FALSE(of_getex({"10"}));
}

}  // namespace
}  // namespace sideline::command
