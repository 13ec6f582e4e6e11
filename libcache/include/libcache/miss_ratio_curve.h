#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include <libcache/options.h>

namespace libcache {

/// What the hit ratio would be under other limits and other policies: whether the cache has the
/// right size, and whether it evicts the right entries. An estimate from a sample of the keys;
/// docs/architecture.md says how, and how far off it is.
///
/// It is that of the traffic lately: what is an hour old counts half. It assumes that who misses a
/// key stores it, as who uses a cache does.
struct MissRatioCurve {
  /// The limits, as multiples of the present one.
  static constexpr std::array<double, 5> kSizes = {0.25, 0.5, 1, 2, 4};
  /// Of the `volatile` policies nothing is told: of entries with deadlines they choose as these.
  static constexpr std::array<Policy, 4> kPolicies = {Policy::kAllKeysLru, Policy::kAllKeysS3Fifo,
                                                      Policy::kAllKeysLfu, Policy::kAllKeysRandom};

  /// Of kPolicies, and of each at kSizes. From 0 to 1.
  std::array<std::array<double, kSizes.size()>, kPolicies.size()> hit_ratio{};
  /// The one that the cache really has had in that time.
  double actual_hit_ratio = 0;
  std::uint64_t reads = 0;   ///< of that time, an older one counting less; 0: nothing is known yet
  double sampling_rate = 0;  ///< the share of all keys that take part
  std::size_t keys = 0;      ///< how many are followed now
  std::size_t memory = 0;    ///< bytes that the estimate takes of the limit
};

}  // namespace libcache
