#pragma once

#include <atomic>
#include <cstdint>
#include <optional>
#include <string>

#include <libcache/cache.h>

#include "server/persist/rdb_writer.h"

namespace sideline::persist {

/// How a cache is saved.
struct SaveOrder {
  std::string folder;
  std::string name;
  RdbWriter::Options format;
  /// Works a sixth of the time and rests for the others, so that who uses the cache keeps most of
  /// each processor.
  bool in_background;
};

/// What others see of a save while it runs.
struct SaveProgress {
  std::atomic<bool> cancelled{false};  ///< set by whoever wants it to end early
  std::atomic<std::uint64_t> keys{0};  ///< written so far
  std::atomic<std::uint64_t> all_keys{0};
};

/// Writes all entries (libcache/snapshot.h) into a file, which takes its place when it is whole:
/// nothing on success, else what failed, and the file that was there is still there. Takes 300 KiB
/// of memory, and pins the large keys and values of one index chain at a time.
[[nodiscard]] std::optional<std::string> save(libcache::Cache& cache, const SaveOrder& order,
                                              SaveProgress& progress);

}  // namespace sideline::persist
