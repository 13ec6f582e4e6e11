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
/// of large values only the pins.
class Batch {
 public:
  void add(const libcache::Snapshot::Entry& entry) {
    const std::string_view copied = entry.pin == nullptr ? entry.value : std::string_view();
    entries_.push_back({.database = entry.key.database(),
                        .key_size = entry.key.bytes().size(),
                        .copied_size = copied.size(),
                        .deadline_ms = entry.deadline_ms,
                        .pinned = entry.pin == nullptr ? std::string_view() : entry.value,
                        .pin = entry.pin});
    bytes_.append(entry.key.bytes()).append(copied);
  }

  /// Calls write(database, key, value, deadline_ms) for each, and forgets them.
  template <class Write>
  void drain(Write write) {
    std::string_view rest = bytes_;
    for (const Entry& entry : entries_) {
      const std::string_view key = rest.substr(0, entry.key_size);
      const std::string_view copied = rest.substr(entry.key_size, entry.copied_size);
      rest.remove_prefix(entry.key_size + entry.copied_size);
      write(entry.database, key, entry.pin == nullptr ? copied : entry.pinned, entry.deadline_ms);
    }
    entries_.clear();
    bytes_.clear();
  }

 private:
  struct Entry {
    int database;
    std::size_t key_size;
    std::size_t copied_size;
    std::int64_t deadline_ms;
    std::string_view pinned;
    std::shared_ptr<const void> pin;
  };
  std::vector<Entry> entries_;
  std::string bytes_;
};

/// Rests three times as long as it worked, whenever it has worked for a while; not much longer if
/// it waited for the disk, which took no processor from anybody.
class Pace {
 public:
  void keep() {
    constexpr std::chrono::microseconds kWork{300};
    constexpr int kRestForWork = 3;
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
