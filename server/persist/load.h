#pragma once

#include <atomic>
#include <cstdint>
#include <optional>
#include <string>

#include <libcache/cache.h>

#include "server/persist/inspect.h"

namespace sideline::persist {

/// How a snapshot is loaded.
struct LoadOrder {
  std::string path;
  int databases;
  bool checksum;
  /// That store it, once it is known to be right: each reads all of it, and stores the keys of its
  /// part of the cache's shards, so more than those are of no use. With several, the index is made
  /// before that as large as the snapshot says: 7 bytes for each entry, and as many as its bytes
  /// allow.
  unsigned threads = 1;
};

/// What others see of a load while it runs.
struct LoadProgress {
  std::atomic<bool> cancelled{false};  ///< set by whoever wants it to end early
  std::atomic<std::uint64_t> all_bytes{0};
  std::atomic<std::uint64_t> bytes{0};  ///< read and stored so far, by the first thread
  std::atomic<std::uint64_t> loaded{0};
  std::atomic<std::uint64_t> expired{0};      ///< were due, and are not loaded
  std::atomic<std::uint64_t> out_of_room{0};  ///< the policy lets nobody go for them
};

/// What became of it.
struct LoadResult {
  std::optional<Failure> failure;  ///< why it was refused: then nothing of it was loaded
  std::uint64_t functions = 0;     ///< that were left out
  std::uint64_t unreadable = 0;    ///< bytes that were there when it was looked at, and then not
};

/// Stores what a snapshot holds, first making sure that it is whole and right. Keys that are there
/// stay as they are; of equal ones in the file one is stored. Memory: a few
/// megabytes a thread, and what the largest entry takes, twice if it is compressed. std::bad_alloc
/// if there is none, then a part may be loaded.
[[nodiscard]] LoadResult load(libcache::Cache& cache, const LoadOrder& order,
                              const LeftOut& left_out, LoadProgress& progress);

}  // namespace sideline::persist
