#include "server/admin/utf8.h"

#include <gtest/gtest.h>

namespace sideline::admin {
namespace {

TEST(Utf8, StaysAsItIs) {
  for (const std::string_view text :
       {"", "user:1", "\n\x01", "a\\b\\", "größe", "日本", "\U0001f600"}) {
    EXPECT_EQ(utf8(text), text);
  }
}

TEST(Utf8, OtherBytesAreEscaped) {
  EXPECT_EQ(utf8("a\xff"), "a\\xff");
  EXPECT_EQ(utf8("gr\xf6\xdf"
                 "e"),
            "gr\\xf6\\xdfe");
}

TEST(Utf8, NoTwoBecomeTheSame) {
  EXPECT_EQ(utf8("a\xff"), R"(a\xff)");
  EXPECT_EQ(utf8(R"(a\xff)"), R"(a\\xff)");
  EXPECT_EQ(utf8(R"(a\\xff)"), R"(a\\\\xff)");
  EXPECT_EQ(utf8("a\\\xff"), R"(a\\\xff)");
  EXPECT_EQ(utf8(R"(größe\\)"), R"(größe\\\\)");
}

TEST(Utf8, WhatOnlyLooksLikeItIsEscaped) {
  EXPECT_EQ(utf8("\xc3"), "\\xc3");                             // ends too early
  EXPECT_EQ(utf8("\xc3(x"), "\\xc3(x");                         // goes on wrongly
  EXPECT_EQ(utf8("\xc0\xaf"), "\\xc0\\xaf");                    // longer than it has to be
  EXPECT_EQ(utf8("\xed\xa0\x80"), "\\xed\\xa0\\x80");           // half of a pair
  EXPECT_EQ(utf8("\xf4\x90\x80\x80"), "\\xf4\\x90\\x80\\x80");  // beyond the last
  EXPECT_EQ(utf8("\x80"), "\\x80");
}

}  // namespace
}  // namespace sideline::admin
