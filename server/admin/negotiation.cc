#include <algorithm>
#include <charconv>
#include <string_view>
#include <system_error>

#include "server/admin/exposition.h"
#include "server/config/letter_case.h"

namespace sideline::admin {
namespace {

/// Takes the part before the next `separator` off `text`, without blanks around it.
std::string_view take(std::string_view& text, char separator) {
  constexpr std::string_view kBlanks = " \t";
  std::string_view part = text.substr(0, text.find(separator));
  text.remove_prefix(std::min(part.size() + 1, text.size()));
  part.remove_prefix(std::min(part.find_first_not_of(kBlanks), part.size()));
  part.remove_suffix(part.size() - (part.find_last_not_of(kBlanks) + 1));
  return part;
}

/// One range of Accept: "application/openmetrics-text;version=1.0.0;q=0.5".
struct Range {
  std::string_view type;
  std::string_view version;
  double quality = 1;
};

Range parse_range(std::string_view text) {
  Range range;
  range.type = take(text, ';');
  while (!text.empty()) {
    std::string_view value = take(text, ';');
    const std::string_view name = take(value, '=');
    if (config::same_ignoring_case(name, "version")) range.version = value;
    if (!config::same_ignoring_case(name, "q")) continue;
    const auto parsed = std::from_chars(value.data(), value.data() + value.size(), range.quality);
    if (parsed.ec != std::errc()) range.quality = 0;
  }
  return range;
}

bool is_open_metrics(const Range& range) {
  const bool has_version = range.version.empty() || range.version == "1.0.0";
  return config::same_ignoring_case(range.type, "application/openmetrics-text") && has_version;
}

/// How exactly a range means plain text; 0 if it does not.
int fit_for_text(const Range& range) {
  if (range.type == "*/*") return 1;
  if (config::same_ignoring_case(range.type, "text/*")) return 2;
  return config::same_ignoring_case(range.type, "text/plain") ? 3 : 0;
}

}  // namespace

Exposition negotiate(std::string_view accept) {
  double open_metrics = 0;
  double text = 0;
  int fit = 0;
  while (!accept.empty()) {
    const Range range = parse_range(take(accept, ','));
    if (is_open_metrics(range)) open_metrics = range.quality;
    if (fit_for_text(range) <= fit) continue;
    fit = fit_for_text(range);
    text = range.quality;
  }
  return open_metrics > 0 && open_metrics >= text ? Exposition::kOpenMetrics : Exposition::kText;
}

}  // namespace sideline::admin
