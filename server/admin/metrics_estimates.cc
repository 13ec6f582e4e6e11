#include <array>
#include <cstddef>
#include <string>

#include "server/admin/exposition.h"
#include "server/command/core/server.h"

// What is known from a sample of the keys: libcache/miss_ratio_curve.h, and
// command/observe/hot_keys.h.
namespace sideline::admin {
namespace {

using Facts = const command::InfoFacts&;
using libcache::MissRatioCurve;

constexpr auto kGauge = MetricType::kGauge;

constexpr std::size_t kHottest = 10;

void curve(Facts f, Samples& s) {
  if (!f.stats.curve || f.stats.curve->reads == 0) return;
  for (std::size_t policy = 0; policy != MissRatioCurve::kPolicies.size(); ++policy) {
    for (std::size_t size = 0; size != command::kCurveSizeNames.size(); ++size) {
      s.add(f.stats.curve->hit_ratio[policy][size],
            {{"policy", command::policy_name(MissRatioCurve::kPolicies[policy])},
             {"size", command::kCurveSizeNames[size]}});
    }
  }
}

/// Keys are no labels: each that has been hot for a while would be a series for ever.
void hot_keys(Facts f, Samples& s) {
  const auto hottest = f.server.hot_keys.hottest(kHottest, f.now_us / 1000);
  for (std::size_t i = 0; i != hottest.size(); ++i) {
    s.add(hottest[i].per_second, {{"rank", std::to_string(i + 1)}});
  }
}

constexpr std::array kEstimates = {
    Metric{"sideline_estimated_hit_ratio", kGauge, "ratio", "policy, size",
           "What the hit ratio would be under a policy and at a multiple of maxmemory (its size)",
           curve},
    Metric{"sideline_estimated_hit_ratio_sampled_keys", kGauge, "", "",
           "Keys that are followed to estimate it",
           [](Facts f, Samples& s) {
             if (f.stats.curve) s.add(std::uint64_t{f.stats.curve->keys});
           }},
    Metric{"sideline_hot_key_accesses_per_second", kGauge, "", "rank",
           "Accesses to the hottest keys, now; HOTKEYS says which they are", hot_keys},
};

}  // namespace

std::span<const Metric> estimate_metrics() { return kEstimates; }

}  // namespace sideline::admin
