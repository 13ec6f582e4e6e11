#pragma once

#include <cstddef>

#include <libcache/miss_ratio_curve.h>
#include <libcache/options.h>

#include "bench/hitratio/trace.h"

namespace bench {

/// A limit in bytes that was chosen such that a cache holds a wanted number of entries, all of the
/// same size.
struct Calibration {
  int shards = 0;  ///< as in libcache::Options
  std::size_t max_memory = 0;
  std::size_t value_bytes = 0;
};

/// Each shard gets some MiB, by the size of the values: so little that a limit in bytes is one in
/// entries, so much that a shard's own memory does not count.
inline constexpr std::size_t kBytesOfAShard = std::size_t{4} << 20;
[[nodiscard]] Calibration calibrate(int shards, std::size_t entries,
                                    std::size_t bytes_of_a_shard = kBytesOfAShard);

struct Replay {
  double hit_ratio = 0;
  double held = 0;  ///< entries, in the mean from the first eviction to the end
  std::size_t shards = 0;
};

/// Asks for each key in turn and stores what was not there. To the cache, so many requests come
/// each millisecond (a trace has no times): policies also age by the clock.
[[nodiscard]] Replay replay(const Trace& trace, const Calibration& calibration,
                            libcache::Policy policy, int requests_a_ms = 1);

/// What a cache under that policy estimates of itself meanwhile.
[[nodiscard]] libcache::MissRatioCurve replay_for_curve(const Trace& trace,
                                                        const Calibration& calibration,
                                                        libcache::Policy policy, int requests_a_ms);

}  // namespace bench
