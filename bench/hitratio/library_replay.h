#pragma once

#include <cstddef>

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
[[nodiscard]] Calibration calibrate(int shards, std::size_t entries);

struct Replay {
  double hit_ratio = 0;
  double held = 0;  ///< entries, in the mean from the first eviction to the end
  std::size_t shards = 0;
};

/// Asks for each key in turn and stores what was not there. To the cache, a request comes every
/// millisecond (a trace has no times): policies also age by the clock.
[[nodiscard]] Replay replay(const Trace& trace, const Calibration& calibration,
                            libcache::Policy policy);

}  // namespace bench
