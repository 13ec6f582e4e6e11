#include "server/command/control/latency_report.h"

#include <algorithm>
#include <cstddef>
#include <cstdlib>
#include <numeric>
#include <span>
#include <vector>

#include "server/command/info/info_format.h"

namespace sideline::command {
namespace {

using Sample = Latency::Sample;

// --- The graph -----------------------------------------------------------------------------------

constexpr std::size_t kColumns = 80;
constexpr std::int64_t kRows = 4;
constexpr std::string_view kTops = "_o#";  // a column's upper end within a row
constexpr std::int64_t kLevelsPerRow = kTops.size();
constexpr std::int64_t kLevels = kRows * kLevelsPerRow;

struct Range {
  std::int64_t low;
  std::int64_t high;
};

Range range_of(const Latency::Series& series) {
  const auto [low, high] = std::minmax_element(
      series.samples.begin(), series.samples.end(),
      [](const Sample& a, const Sample& b) { return a.milliseconds < b.milliseconds; });
  return {low->milliseconds, high->milliseconds};
}

char glyph(const Sample& sample, Range range, std::int64_t row) {
  const std::int64_t span = std::max<std::int64_t>(1, range.high - range.low);
  const std::int64_t level =
      std::min(kLevels - 1, (sample.milliseconds - range.low) * kLevels / span);
  const std::int64_t above = level - row * kLevelsPerRow;
  if (above < 0) return ' ';
  return above < kLevelsPerRow ? kTops[static_cast<std::size_t>(above)] : '|';
}

std::string age(std::int64_t seconds) {
  if (seconds < 60) return std::to_string(seconds) + 's';
  if (seconds < 3600) return std::to_string(seconds / 60) + 'm';
  if (seconds < 24 * 3600) return std::to_string(seconds / 3600) + 'h';
  return std::to_string(seconds / (24 * 3600)) + 'd';
}

void append_columns(std::string& text, std::span<const Sample> samples, Range range) {
  for (std::int64_t row = kRows - 1; row >= 0; --row) {
    for (const Sample& sample : samples) text += glyph(sample, range, row);
    text += '\n';
  }
  text.append(samples.size(), ' ').append("\n");
}

/// The ages, from top to bottom.
void append_ages(std::string& text, std::span<const Sample> samples, std::int64_t now_seconds) {
  std::vector<std::string> ages;
  std::size_t longest = 0;
  for (const Sample& sample : samples) {
    ages.push_back(age(now_seconds - sample.unix_time));
    longest = std::max(longest, ages.back().size());
  }
  for (std::size_t row = 0; row < longest; ++row) {
    for (const std::string& label : ages) text += row < label.size() ? label[row] : ' ';
    text += '\n';
  }
}

// --- The report ----------------------------------------------------------------------------------

std::int64_t mean(const std::vector<std::int64_t>& values) {
  return std::accumulate(values.begin(), values.end(), std::int64_t{0}) /
         static_cast<std::int64_t>(values.size());
}

std::string describe(std::string_view event, const Latency::Series& series,
                     std::int64_t now_seconds) {
  std::vector<std::int64_t> times;
  for (const Sample& sample : series.samples) times.push_back(sample.milliseconds);
  const std::int64_t average = mean(times);
  for (std::int64_t& time : times) time = std::abs(time - average);
  const std::int64_t period =
      std::max<std::int64_t>(1, now_seconds - series.samples.front().unix_time);
  const double seconds_each = static_cast<double>(period) / static_cast<double>(times.size());
  return std::string(event) + ": " + std::to_string(times.size()) +
         " seconds with a spike, one in " + decimal(seconds_each, 2) + " s; " +
         std::to_string(average) + " ms in the mean, with a mean deviation of " +
         std::to_string(mean(times)) + " ms; the longest ever took " +
         std::to_string(series.max_ms) + " ms.\n";
}

struct Advice {
  bool (*applies)(const Latency::Events& events, const config::Settings& settings);
  std::string_view text;
};

bool saw_commands(const Latency::Events& events) { return events.contains(Latency::kCommand); }

constexpr Advice kAdvices[] = {
    {[](const Latency::Events& events, const config::Settings& settings) {
       return saw_commands(events) && settings.slowlog_log_slower_than < 0;
     },
     "The slow log is off. CONFIG SET slowlog-log-slower-than lets it name the requests.\n"},
    {[](const Latency::Events& events, const config::Settings& settings) {
       return saw_commands(events) &&
              settings.slowlog_log_slower_than > settings.latency_monitor_threshold * 1000;
     },
     "slowlog-log-slower-than is above latency-monitor-threshold: the slow log misses requests "
     "that "
     "count as spikes here.\n"},
    {[](const Latency::Events& events, const config::Settings&) { return saw_commands(events); },
     "SLOWLOG GET shows the slow requests. KEYS, and commands with very many keys or very large "
     "values, take long by nature: SCAN and smaller steps do not.\n"},
    {[](const Latency::Events& events, const config::Settings&) {
       return events.contains(Latency::kFastCommand);
     },
     "Commands that do little were slow: the process probably waited for a processor. Look for "
     "other load, for steal time on a virtual machine, and for swapping; io-threads should not "
     "exceed the processors there are.\n"},
};

std::string advice(const Latency::Events& events, const config::Settings& settings) {
  std::string text;
  for (const Advice& candidate : kAdvices) {
    if (candidate.applies(events, settings)) text.append("- ").append(candidate.text);
  }
  return text;
}

}  // namespace

std::string latency_graph(std::string_view event, const Latency::Series& series,
                          std::int64_t now_seconds) {
  const Range range = range_of(series);
  std::string text = std::string(event) + " - high " + std::to_string(range.high) + " ms, low " +
                     std::to_string(range.low) + " ms (all time high " +
                     std::to_string(series.max_ms) + " ms)\n" + std::string(kColumns, '-') + '\n';
  const std::vector<Sample> samples(series.samples.begin(), series.samples.end());
  for (std::size_t begin = 0; begin < samples.size(); begin += kColumns) {
    const auto part = std::span(samples).subspan(begin, std::min(kColumns, samples.size() - begin));
    if (begin != 0) text += '\n';
    append_columns(text, part, range);
    append_ages(text, part, now_seconds);
  }
  return text;
}

std::string latency_report(const Latency::Events& events, const config::Settings& settings,
                           std::int64_t now_seconds) {
  if (events.empty() && settings.latency_monitor_threshold == 0) {
    return "The latency monitor is off. CONFIG SET latency-monitor-threshold <milliseconds> turns "
           "it on.\n";
  }
  if (events.empty()) return "Nothing took longer than latency-monitor-threshold.\n";
  std::string text;
  for (const auto& [event, series] : events) text += describe(event, series, now_seconds);
  return text + '\n' + advice(events, settings);
}

}  // namespace sideline::command
