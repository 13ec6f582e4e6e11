#include <cstddef>
#include <string>
#include <string_view>

#include "server/command/core/server.h"
#include "server/command/info/info.h"
#include "server/command/info/info_format.h"

// INFO's section Curve: what the hit ratio would be under other limits and policies
// (libcache/miss_ratio_curve.h).
namespace sideline::command {
namespace {

using libcache::MissRatioCurve;

std::string line(std::string_view name, const std::string& value) {
  return std::string(name) + ":" + value + "\r\n";
}

/// "lru": how it chooses; from which keys makes no difference here.
std::string_view short_name(libcache::Policy policy) {
  const std::string_view name = policy_name(policy);
  return name.substr(name.find('-') + 1);
}

std::string policy_line(const MissRatioCurve& curve, std::size_t policy) {
  std::string value;
  for (std::size_t size = 0; size != kCurveSizeNames.size(); ++size) {
    if (size != 0) value += ',';
    value.append(kCurveSizeNames[size])
        .append("=")
        .append(decimal(curve.hit_ratio[policy][size], 4));
  }
  return line("curve_" + std::string(short_name(MissRatioCurve::kPolicies[policy])), value);
}

}  // namespace

std::string curve_lines(const InfoFacts& facts) {
  const auto& curve = facts.stats.curve;
  if (!curve) return line("curve_enabled", "0");
  std::string lines = line("curve_enabled", "1");
  lines += line("curve_reads", number(curve->reads));
  lines += line("curve_sampled_keys", number(curve->keys));
  lines += line("curve_sampling_rate", decimal(curve->sampling_rate, 6));
  lines += line("curve_memory", number(curve->memory));
  if (curve->reads == 0) return lines;
  lines += line("curve_actual_hit_ratio", decimal(curve->actual_hit_ratio, 4));
  for (std::size_t policy = 0; policy != MissRatioCurve::kPolicies.size(); ++policy) {
    lines += policy_line(*curve, policy);
  }
  return lines;
}

}  // namespace sideline::command
