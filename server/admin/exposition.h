#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

#include "server/admin/metric.h"
#include "server/command/observe/latency_histogram.h"

namespace sideline::admin {

/// How metrics are written. Both are read by Prometheus.
enum class Exposition : std::uint8_t {
  kText,         ///< Prometheus text, 0.0.4
  kOpenMetrics,  ///< OpenMetrics text, 1.0.0
};

/// "counter": what OpenMetrics calls a type.
[[nodiscard]] std::string_view type_name(MetricType type);

/// All metrics of a moment, as text.
[[nodiscard]] std::string exposition(const command::InfoFacts& facts, Exposition format);

/// The value of Content-Type for it.
[[nodiscard]] std::string_view content_type(Exposition format);

/// What a scraper that sends this value of Accept likes best: OpenMetrics only if it names it, and
/// not as something worse than text.
[[nodiscard]] Exposition negotiate(std::string_view accept);

/// Takes the samples of one family, and writes them.
class Samples {
 public:
  using Labels = std::initializer_list<std::pair<std::string_view, std::string_view>>;

  Samples(const Metric& metric, Exposition format, std::string& out)
      : metric_(metric), format_(format), out_(out) {}

  /// Of a counter, a gauge, or 1 of an info.
  void add(double value, Labels labels = {});
  void add(std::uint64_t value, Labels labels = {}) { add(static_cast<double>(value), labels); }
  void summary(std::uint64_t count, double sum, Labels labels = {});
  void histogram(const command::LatencyCounts& counts, double sum, Labels labels = {});

 private:
  void start_family();
  void write(std::string_view name, std::string_view suffix, Labels labels,
             std::pair<std::string_view, std::string_view> last_label, double value);

  const Metric& metric_;
  const Exposition format_;
  std::string& out_;
  bool started_ = false;
};

}  // namespace sideline::admin
