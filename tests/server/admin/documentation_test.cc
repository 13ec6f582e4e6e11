#include <fstream>
#include <iterator>
#include <regex>
#include <set>
#include <string>

#include <boost/json/parse.hpp>
#include <gmock/gmock.h>

#include "server/admin/exposition.h"
#include "server/admin/metric.h"
#include "tests/support/source_tree.h"

namespace sideline::admin {
namespace {

using ::testing::Contains;
using ::testing::EndsWith;
using ::testing::IsSupersetOf;

std::string content(const std::string& path) {
  std::ifstream file(test::source_tree() / path);
  std::string text{std::istreambuf_iterator<char>(file), {}};
  EXPECT_NE(text, "") << path;
  return text;
}

std::string table(const MetricGroup& group) {
  std::string text = "## " + std::string(group.title) + "\n\n";
  text += "| metric | type | labels | |\n|---|---|---|---|\n";
  for (const Metric& metric : group.metrics) {
    text.append("| `").append(metric.name).append("` | ").append(type_name(metric.type));
    text.append(" | ").append(metric.labels).append(" | ").append(metric.help).append(" |\n");
  }
  return text;
}

/// The names of all samples there may be.
std::set<std::string> sample_names() {
  std::set<std::string> names;
  for (const MetricGroup& group : metric_groups()) {
    for (const Metric& metric : group.metrics) {
      const std::string name(metric.name);
      const bool is_histogram = metric.type == MetricType::kHistogram;
      if (is_histogram || metric.type == MetricType::kSummary) {
        names.insert({name + "_count", name + "_sum"});
      } else {
        names.insert(name);
      }
      if (is_histogram) names.insert(name + "_bucket");
    }
  }
  return names;
}

/// What looks like a metric of ours in a text.
std::set<std::string> metrics_in(const std::string& text) {
  static const std::regex kName("\\b(sideline|process)_[a-z_]+\\b");
  std::set<std::string> names;
  for (std::sregex_iterator at(text.begin(), text.end(), kName), end; at != end; ++at) {
    names.insert(at->str());
  }
  return names;
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
      EXPECT_FALSE(metric.help.ends_with('.')) << name;
      EXPECT_EQ(name.ends_with("_total"), metric.type == MetricType::kCounter) << name;
      EXPECT_EQ(name.ends_with("_info"), metric.type == MetricType::kInfo) << name;
      if (metric.type == MetricType::kCounter) name.resize(name.size() - 6);
      if (metric.unit.empty()) continue;
      EXPECT_THAT(name, EndsWith("_" + std::string(metric.unit)));
    }
  }
}

TEST(Dashboard, ShowsMetricsThatThereAre) {
  const std::string text = content("conf/grafana/sideline.json");
  std::set<std::string> expressions;
  const boost::json::value dashboard = boost::json::parse(text);
  for (const auto& panel : dashboard.at("panels").as_array()) {
    for (const auto& target : panel.at("targets").as_array()) {
      expressions.merge(metrics_in(target.at("expr").as_string().c_str()));
    }
  }
  EXPECT_THAT(expressions, Contains("sideline_hit_ratio"));
  EXPECT_THAT(sample_names(), IsSupersetOf(expressions));
}

TEST(AlertRules, LookAtMetricsThatThereAre) {
  std::set<std::string> names = metrics_in(content("conf/prometheus/sideline.rules.yml"));
  EXPECT_THAT(names, Contains("sideline_ready"));
  EXPECT_THAT(sample_names(), IsSupersetOf(names));
}

}  // namespace
}  // namespace sideline::admin
