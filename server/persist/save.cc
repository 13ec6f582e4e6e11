#include "server/persist/save.h"

#include <algorithm>
#include <chrono>
#include <memory>
#include <string_view>
#include <thread>
#include <vector>

#include <libcache/snapshot.h>

#include "server/persist/snapshot_file.h"

namespace sideline::persist {
namespace {

/// Entries that were visited and are to be written: copies, so that no lock is held meanwhile, but
/// of large values and keys only the pins.
class Batch {
 public:
  void add(const libcache::Snapshot::Entry& entry) {
    entries_.push_back({.database = entry.key.database(),
                        .key = keep(entry.key.bytes(), entry.pins_key),
                        .value = keep(entry.value, entry.pin != nullptr),
                        .deadline_ms = entry.deadline_ms,
                        .pin = entry.pin});
  }

  /// Calls write(database, key, value, deadline_ms) for each, and forgets them.
  template <class Write>
  void drain(Write write) {
    std::string_view copies = copies_;
    const auto take = [&copies](const Bytes& bytes) {
      if (!bytes.pinned.empty()) return bytes.pinned;
      const std::string_view copy = copies.substr(0, bytes.copied);
      copies.remove_prefix(bytes.copied);
      return copy;
    };
    for (const Entry& entry : entries_) {
      const std::string_view key = take(entry.key);
      write(entry.database, key, take(entry.value), entry.deadline_ms);
    }
    entries_.clear();
    copies_.clear();
  }

 private:
  /// Where they are, or how many of copies_ are next (none of an empty value beside a pinned key).
  struct Bytes {
    std::string_view pinned;
    std::size_t copied;
  };
  struct Entry {
    int database;
    Bytes key;
    Bytes value;
    std::int64_t deadline_ms;
    std::shared_ptr<const void> pin;
  };

  Bytes keep(std::string_view bytes, bool pinned) {
    if (pinned) return {.pinned = bytes, .copied = 0};
    copies_.append(bytes);
    return {.pinned = {}, .copied = bytes.size()};
  }

  std::vector<Entry> entries_;
  std::string copies_;
};

/// Rests five times as long as it worked, whenever it has worked for a while; not much longer if
/// it waited for the disk, which took no processor from anybody.
class Pace {
 public:
  void keep() {
    // Who needs its processor waits as long, and is not to feel it: docs/benchmarks.md, "Single
    // requests while a snapshot is made".
    constexpr std::chrono::microseconds kWork{100};
    constexpr int kRestForWork = 5;
    constexpr Clock::duration kLongestRest = std::chrono::milliseconds(5);
    const auto worked = Clock::now() - begun_;
    if (worked < kWork) return;
    std::this_thread::sleep_for(std::min(kRestForWork * worked, kLongestRest));
    begun_ = Clock::now();
  }

 private:
  using Clock = std::chrono::steady_clock;
  Clock::time_point begun_ = Clock::now();
};

}  // namespace

std::optional<std::string> save(libcache::Cache& cache, const SaveOrder& order,
                                SaveProgress& progress) {
  SnapshotFile file(order.folder, order.name);
  RdbWriter writer(order.format, [&file](std::string_view bytes) { file.write(bytes); });
  writer.begin(cache.clock().now_ms(), cache.memory());
  progress.all_keys = cache.size();
  int selected = -1;
  const auto write = [&](int database, std::string_view key, std::string_view value,
                         std::int64_t deadline_ms) {
    if (database != selected) {
      writer.select(database, cache.size(database), cache.size_with_deadline(database));
    }
    selected = database;
    writer.entry(key, value, deadline_ms);
    progress.keys.fetch_add(1, std::memory_order_relaxed);
  };

  Batch batch;
  Pace pace;
  libcache::Snapshot snapshot(cache);
  while (snapshot.step([&](const auto& entry) { batch.add(entry); })) {
    batch.drain(write);
    if (file.failure()) return file.failure();
    if (progress.cancelled) return "it was cancelled";
    if (order.in_background) pace.keep();
  }
  writer.end();
  return file.commit();
}

}  // namespace sideline::persist
