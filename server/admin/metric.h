#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "server/command/info/info_facts.h"

namespace sideline::admin {

class Samples;

enum class MetricType : std::uint8_t {
  kCounter,    ///< only grows until the server ends or CONFIG RESETSTAT; its name ends with _total
  kGauge,      ///< goes up and down
  kSummary,    ///< _count and _sum
  kHistogram,  ///< _bucket{le}, _count and _sum
  kInfo,       ///< always 1, with what it tells in its labels; its name ends with _info
};

/// One thing that /metrics tells: a family of samples.
struct Metric {
  std::string_view name;  ///< a base unit comes last, before _total
  MetricType type;
  std::string_view unit;    ///< "seconds", "bytes", "ratio"; empty if it counts things
  std::string_view labels;  ///< of each of its samples, for people: "command"
  std::string_view help;    ///< a sentence without its end
  /// Gives the samples that there are. None is fine: then the family is not shown.
  void (*collect)(const command::InfoFacts& facts, Samples& samples);
};

/// Those that belong together, with a title for people.
struct MetricGroup {
  std::string_view title;
  std::span<const Metric> metrics;
};

/// All of them: what docs/metrics.md lists. To add one, add a row to one of these files.
[[nodiscard]] std::span<const MetricGroup> metric_groups();

[[nodiscard]] std::span<const Metric> cache_metrics();       // metrics_cache.cc
[[nodiscard]] std::span<const Metric> memory_metrics();      // metrics_cache.cc
[[nodiscard]] std::span<const Metric> estimate_metrics();    // metrics_estimates.cc
[[nodiscard]] std::span<const Metric> command_metrics();     // metrics_clients.cc
[[nodiscard]] std::span<const Metric> connection_metrics();  // metrics_clients.cc
[[nodiscard]] std::span<const Metric> snapshot_metrics();    // metrics_process.cc
[[nodiscard]] std::span<const Metric> process_metrics();     // metrics_process.cc

}  // namespace sideline::admin
