#include <fstream>
#include <iterator>
#include <set>
#include <string>

#include <gmock/gmock.h>

#include "server/admin/metric.h"
#include "tests/support/source_tree.h"

namespace sideline::admin {
namespace {

using ::testing::EndsWith;

std::string content(const std::string& path) {
  std::ifstream file(test::source_tree() / path);
  std::string text{std::istreambuf_iterator<char>(file), {}};
  EXPECT_NE(text, "") << path;
  return text;
}

std::string_view name_of(MetricType type) {
  switch (type) {
    case MetricType::kCounter:
      return "counter";
    case MetricType::kGauge:
      return "gauge";
    case MetricType::kSummary:
      return "summary";
    case MetricType::kHistogram:
      return "histogram";
    case MetricType::kInfo:
      return "info";
  }
  return {};
}

std::string table(const MetricGroup& group) {
  std::string text = "## " + std::string(group.title) + "\n\n";
  text += "| metric | type | labels | |\n|---|---|---|---|\n";
  for (const Metric& metric : group.metrics) {
    text.append("| `").append(metric.name).append("` | ").append(name_of(metric.type));
    text.append(" | ").append(metric.labels).append(" | ").append(metric.help).append(" |\n");
  }
  return text;
}

TEST(MetricsPage, HasAllMetrics) {
  const std::string page = content("docs/metrics.md");
  for (const MetricGroup& group : metric_groups()) {
    const std::string expected = table(group);
    EXPECT_NE(page.find(expected), std::string::npos) << "docs/metrics.md lacks\n\n" << expected;
  }
}

TEST(Metrics, HaveNamesAsPrometheusWantsThem) {
  std::set<std::string_view> seen;
  for (const MetricGroup& group : metric_groups()) {
    for (const Metric& metric : group.metrics) {
      EXPECT_TRUE(seen.insert(metric.name).second) << metric.name;
      std::string name(metric.name);
      EXPECT_EQ(name.ends_with("_total"), metric.type == MetricType::kCounter) << name;
      EXPECT_EQ(name.ends_with("_info"), metric.type == MetricType::kInfo) << name;
      if (metric.type == MetricType::kCounter) name.resize(name.size() - 6);
      if (!metric.unit.empty()) EXPECT_THAT(name, EndsWith("_" + std::string(metric.unit)));
      EXPECT_FALSE(metric.help.ends_with('.')) << name;
    }
  }
}

}  // namespace
}  // namespace sideline::admin
