#include <string_view>

#include <gtest/gtest.h>

#include "server/admin/exposition.h"

namespace sideline::admin {
namespace {

constexpr auto kText = Exposition::kText;
constexpr auto kOpenMetrics = Exposition::kOpenMetrics;

TEST(Negotiation, WhoSaysNothingGetsText) {
  EXPECT_EQ(negotiate(""), kText);
  EXPECT_EQ(negotiate("*/*"), kText);
  EXPECT_EQ(negotiate("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"), kText);
}

TEST(Negotiation, PrometheusGetsOpenMetrics) {
  EXPECT_EQ(negotiate("application/openmetrics-text;version=1.0.0;q=0.5,"
                      "application/openmetrics-text;version=0.0.1;q=0.4,"
                      "text/plain;version=0.0.4;q=0.3,*/*;q=0.2"),
            kOpenMetrics);
  EXPECT_EQ(negotiate("application/vnd.google.protobuf;encoding=delimited;q=0.6, "
                      "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.5, "
                      "text/plain;version=0.0.4;q=0.2, */*;q=0.1"),
            kOpenMetrics);
  EXPECT_EQ(negotiate("application/openmetrics-text"), kOpenMetrics);
}

TEST(Negotiation, WhoLikesTextBetterGetsText) {
  EXPECT_EQ(negotiate("text/plain;version=0.0.4;q=0.9, application/openmetrics-text;q=0.8"), kText);
  EXPECT_EQ(negotiate("text/*, application/openmetrics-text;q=0.8"), kText);
}

TEST(Negotiation, AnAnswerThatIsNamedCountsMoreThanAnyAnswer) {
  EXPECT_EQ(negotiate("*/*, text/plain;q=0.1, application/openmetrics-text;q=0.5"), kOpenMetrics);
}

TEST(Negotiation, AnotherVersionIsNotThere) {
  EXPECT_EQ(negotiate("application/openmetrics-text;version=2.0.0"), kText);
  EXPECT_EQ(negotiate("application/openmetrics-text;q=0"), kText);
}

TEST(Negotiation, BlanksLetterCaseAndGarbageDoNoHarm) {
  EXPECT_EQ(negotiate("  Application/OpenMetrics-Text ; Version=1.0.0 ; Q=0.5 "), kOpenMetrics);
  for (const std::string_view garbage : {",", ";", ";;=,", "q=", "a/b;q=x", "\xff", "=;=,=;="}) {
    EXPECT_EQ(negotiate(garbage), kText) << garbage;
  }
}

}  // namespace
}  // namespace sideline::admin
