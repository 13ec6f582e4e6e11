#include "server/admin/exposition.h"

#include <array>
#include <charconv>
#include <cmath>

namespace sideline::admin {
namespace {

constexpr std::string_view kTotal = "_total";
constexpr std::string_view kInfo = "_info";

struct Bucket {
  std::int64_t nanoseconds;
  std::string_view seconds;  ///< as both formats like it
};

// A GET takes less than a microsecond, and a second is where the histograms end: what takes longer
// is behind the last of these.
constexpr std::array kBuckets = {
    Bucket{500, "5e-07"},       Bucket{1'000, "1e-06"},     Bucket{2'000, "2e-06"},
    Bucket{5'000, "5e-06"},     Bucket{10'000, "1e-05"},    Bucket{20'000, "2e-05"},
    Bucket{50'000, "5e-05"},    Bucket{100'000, "0.0001"},  Bucket{250'000, "0.00025"},
    Bucket{1'000'000, "0.001"}, Bucket{5'000'000, "0.005"}, Bucket{25'000'000, "0.025"},
    Bucket{100'000'000, "0.1"}};

std::string_view name_of(MetricType type, Exposition format) {
  const bool is_known = type != MetricType::kInfo || format == Exposition::kOpenMetrics;
  return type_name(is_known ? type : MetricType::kGauge);
}

/// What the lines about the family call it: in OpenMetrics the suffix of a type is not part of it.
std::string_view family_name(const Metric& metric, Exposition format) {
  std::string_view name = metric.name;
  if (format == Exposition::kText) return name;
  if (metric.type == MetricType::kCounter) name.remove_suffix(kTotal.size());
  if (metric.type == MetricType::kInfo) name.remove_suffix(kInfo.size());
  return name;
}

/// Whole numbers in full, so that people can read them; others as short as they can be.
void append_number(std::string& out, double value) {
  constexpr double kExact = 9007199254740992.0;  // 2^53
  if (std::isnan(value)) {
    out += "NaN";
    return;
  }
  std::array<char, 32> text{};
  char* const end = text.data() + text.size();
  const bool whole = std::abs(value) < kExact && value == std::trunc(value);
  const auto result = whole ? std::to_chars(text.data(), end, static_cast<std::int64_t>(value))
                            : std::to_chars(text.data(), end, value);
  out.append(text.data(), result.ptr);
}

void append_label(std::string& out, std::string_view name, std::string_view value) {
  out.append(out.back() == '{' ? "" : ",").append(name).append("=\"");
  for (const char c : value) {
    if (c == '\\' || c == '"') out.push_back('\\');
    c == '\n' ? out.append("\\n") : out.append(1, c);
  }
  out.push_back('"');
}

}  // namespace

std::string_view type_name(MetricType type) {
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

std::string exposition(const command::InfoFacts& facts, Exposition format) {
  std::string text;
  for (const MetricGroup& group : metric_groups()) {
    for (const Metric& metric : group.metrics) {
      Samples samples(metric, format, text);
      metric.collect(facts, samples);
    }
  }
  if (format == Exposition::kOpenMetrics) text += "# EOF\n";
  return text;
}

std::string_view content_type(Exposition format) {
  return format == Exposition::kText ? "text/plain; version=0.0.4; charset=utf-8"
                                     : "application/openmetrics-text; version=1.0.0; charset=utf-8";
}

void Samples::add(double value, Labels labels) { write(metric_.name, "", labels, {}, value); }

void Samples::summary(std::uint64_t count, double sum, Labels labels) {
  write(metric_.name, "_count", labels, {}, static_cast<double>(count));
  write(metric_.name, "_sum", labels, {}, sum);
}

void Samples::histogram(const command::LatencyCounts& counts, double sum, Labels labels) {
  for (const Bucket& bucket : kBuckets) {
    write(metric_.name, "_bucket", labels, {"le", bucket.seconds},
          static_cast<double>(counts.up_to(bucket.nanoseconds)));
  }
  const auto total = static_cast<double>(counts.total());
  write(metric_.name, "_bucket", labels, {"le", "+Inf"}, total);
  write(metric_.name, "_count", labels, {}, total);
  write(metric_.name, "_sum", labels, {}, sum);
}

void Samples::start_family() {
  if (std::exchange(started_, true)) return;
  const std::string_view name = family_name(metric_, format_);
  out_.append("# TYPE ").append(name).append(" ").append(name_of(metric_.type, format_));
  if (format_ == Exposition::kOpenMetrics && !metric_.unit.empty()) {
    out_.append("\n# UNIT ").append(name).append(" ").append(metric_.unit);
  }
  out_.append("\n# HELP ").append(name).append(" ").append(metric_.help).append(".\n");
}

void Samples::write(std::string_view name, std::string_view suffix, Labels labels,
                    std::pair<std::string_view, std::string_view> last_label, double value) {
  start_family();
  out_.append(name).append(suffix);
  if (labels.size() != 0 || !last_label.first.empty()) {
    out_.push_back('{');
    for (const auto& [label, text] : labels) append_label(out_, label, text);
    if (!last_label.first.empty()) append_label(out_, last_label.first, last_label.second);
    out_.push_back('}');
  }
  out_.push_back(' ');
  append_number(out_, value);
  out_.push_back('\n');
}

}  // namespace sideline::admin
