#pragma once

#include <cstddef>

#include <libcache/options.h>

#include "bench/hitratio/trace.h"

namespace bench {

/// A cache whose limit in bytes was chosen such that it holds a wanted number of entries, all of
/// the same size.
struct Calibration {
  libcache::Options options;
  std::size_t value_bytes = 0;
  std::size_t held = 0;  ///< entries that a cache with these options holds once it is full
};

/// `shards` as in libcache::Options. Each shard gets some MiB, by the size of the values: so little
/// that a limit in bytes is one in entries, so much that a shard's own memory does not count.
[[nodiscard]] Calibration calibrate(libcache::Policy policy, int shards, std::size_t entries);

struct Replay {
  double hit_ratio = 0;
  double held = 0;  ///< entries, in the mean from the first eviction to the end
  std::size_t shards = 0;
};

/// Asks for each key in turn and stores what was not there.
[[nodiscard]] Replay replay(const Trace& trace, const Calibration& calibration);

}  // namespace bench
