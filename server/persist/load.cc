#include "server/persist/load.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <functional>
#include <future>
#include <span>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include <absl/cleanup/cleanup.h>

#include "server/persist/file_reader.h"
#include "server/persist/rdb_parser.h"
#include "server/persist/snapshot_input.h"

namespace sideline::persist {
namespace {

/// Entries of one segment that are stored together, as fetching the memory for all of their keys
/// takes little longer than for one.
class Batch {
 public:
  static constexpr std::size_t kRoom = std::size_t{64} << 10;

  /// `room`: kRoom bytes, for what was decoded.
  Batch(libcache::Cache& cache, std::string_view segment, char* room, LoadProgress& progress)
      : cache_(cache), segment_(segment), room_(room), progress_(progress) {}

  void add(const RdbParser& entry) {
    const std::size_t decoded = decoded_size(entry.key()) + decoded_size(entry.value());
    if (count_ == kMost || decoded > kRoom - used_) store();
    const bool has_room = decoded <= kRoom;
    entries_[count_++] = {.key = {has_room ? kept(entry.key()) : entry.key(), entry.database()},
                          .value = has_room ? kept(entry.value()) : entry.value(),
                          .deadline_ms = entry.deadline_ms()};
    if (!has_room) store();
  }

  void store() {
    const auto result = cache_.add_many(std::span(entries_).first(count_));
    progress_.loaded.fetch_add(result.added, std::memory_order_relaxed);
    progress_.out_of_room.fetch_add(result.refused, std::memory_order_relaxed);
    count_ = used_ = 0;
  }

 private:
  static constexpr std::size_t kMost = 64;  // as many as add_many() does together

  [[nodiscard]] bool is_in_segment(std::string_view string) const {
    const std::less<> before;
    return !before(string.data(), segment_.data()) &&
           before(string.data(), segment_.data() + segment_.size());
  }
  /// What does not lie in the segment is overwritten by the next entry.
  [[nodiscard]] std::size_t decoded_size(std::string_view string) const {
    return is_in_segment(string) ? 0 : string.size();
  }
  std::string_view kept(std::string_view string) {
    if (is_in_segment(string)) return string;
    char* const to = room_ + std::exchange(used_, used_ + string.size());
    return {to, string.copy(to, string.size())};
  }

  libcache::Cache& cache_;
  const std::string_view segment_;
  char* const room_;
  std::size_t used_ = 0;  // of it
  LoadProgress& progress_;
  std::array<libcache::NewEntry, kMost> entries_;
  std::size_t count_ = 0;
};

/// Runs it on a thread of its own; if there is none to be had, when its result is asked for.
template <class Function>
std::future<std::invoke_result_t<Function>> beside(Function function) {
  return std::async(std::launch::async | std::launch::deferred, std::move(function));
}

/// What the threads that store a snapshot share.
struct Work {
  libcache::Cache& cache;
  const LoadOrder& order;
  int descriptor;
  std::span<const Segment> segments;
  LoadProgress& progress;
  std::int64_t now_ms;
  unsigned parts;                   // of the shards, one a thread
  std::atomic<bool> failed{false};  // one of the threads, with an exception
};

/// Stores those entries of one segment, whose bytes these are, that belong to a part of the cache.
/// Returns how many bytes have become something else since they were inspected.
std::uint64_t store(const Work& work, unsigned part, const Segment& segment, std::string_view bytes,
                    char* room) {
  MemoryReader reader(bytes, segment.begin);
  WantedEntries wanted{.largest_value = largest_value(work.cache.max_memory())};
  if (!segment.large) {
    wanted.key = [&](libcache::Key key) { return work.cache.shard_of(key) % work.parts == part; };
  }
  RdbParser parser(reader, RdbParser::Values::kRead, work.order.databases, segment.database,
                   std::move(wanted));
  Batch batch(work.cache, bytes, room, work.progress);
  while (reader.left() != 0 && reader.ok()) {
    // What else there is was told of when the whole was inspected.
    if (parser.next() != RdbParser::Found::kEntry) continue;
    const std::int64_t deadline_ms = parser.deadline_ms();
    if (deadline_ms != libcache::kNoDeadline && deadline_ms <= work.now_ms) {
      work.progress.expired.fetch_add(1, std::memory_order_relaxed);
      continue;
    }
    batch.add(parser);
  }
  batch.store();
  return reader.ok() ? 0 : segment.end - reader.failure()->offset;
}

/// Makes it that long, without having the old bytes and the new ones at once.
void resize(std::string& bytes, std::uint64_t size) {
  if (size > bytes.capacity()) {
    bytes = std::string();
    bytes.reserve(size);
  }
  bytes.resize(size);
}

/// Stores one part. Returns how many bytes could not be read.
std::uint64_t store_part(Work& work, unsigned part) try {
  std::string bytes;
  std::vector<char> room(Batch::kRoom);
  std::uint64_t unreadable = 0;
  for (const Segment& segment : work.segments) {
    if (work.progress.cancelled || work.failed) break;
    // One thread stores all of a large one, so that there is one at a time in memory.
    if (segment.large && part != 0) continue;
    resize(bytes, segment.end - segment.begin);
    // It was read a moment ago: only a broken disk or somebody who writes into the file makes it
    // unreadable.
    if (read_at(work.descriptor, segment.begin, bytes.data(), bytes.size())) {
      unreadable += store(work, part, segment, bytes, room.data());
    } else {
      unreadable += bytes.size();
    }
    // The others are about as far.
    if (part == 0) work.progress.bytes.fetch_add(bytes.size(), std::memory_order_relaxed);
  }
  return unreadable;
} catch (...) {
  work.failed = true;  // the others need not go on
  throw;
}

/// Each thread reads all segments but large ones, and stores the keys of its own shards. That costs
/// less than if each took some segments for itself: all would write to all shards, and two would
/// take as long as one, as each fetches from the other's cache what that wrote last.
std::uint64_t store_all(Work work) {
  std::vector<std::future<std::uint64_t>> others;
  for (unsigned part = 1; part < work.parts; ++part) {
    others.push_back(beside([&work, part] { return store_part(work, part); }));
  }
  std::uint64_t unreadable = store_part(work, 0);
  // All have read the same bytes, the first one also those of large segments.
  for (auto& other : others) unreadable = std::max(unreadable, other.get());
  return unreadable;
}

/// Makes the index as large as the snapshot says at its beginning that it will be for its first
/// database. That need not be true, so it gets no more than the file can hold.
void reserve_as_announced(libcache::Cache& cache, const SnapshotInput& input, int databases) {
  constexpr std::uint64_t kSmallestEntry = 3;  // its type, and the lengths of its key and value
  FileReader reader(input.file.get(), input.size);
  RdbParser parser(reader, RdbParser::Values::kCheck, databases);
  static_cast<void>(parser.read_header());
  using Found = RdbParser::Found;
  const auto is_before_entries = [](Found found) {
    return found == Found::kNothing || found == Found::kFunction;
  };
  while (reader.ok() && is_before_entries(parser.next())) {
    if (parser.announced() == 0) continue;
    cache.reserve(std::min(parser.announced(), input.size / kSmallestEntry), parser.database());
    return;
  }
}

}  // namespace

LoadResult load(libcache::Cache& cache, const LoadOrder& order, const LeftOut& left_out,
                LoadProgress& progress) {
  LoadResult result;
  auto opened = open_snapshot(order.path);
  if (auto* const failure = std::get_if<Failure>(&opened)) {
    result.failure = std::move(*failure);
    return result;
  }
  const auto& input = std::get<SnapshotInput>(opened);
  progress.all_bytes = input.size;
  const absl::Cleanup shrink = [&cache] { cache.shrink_to_fit(); };
  std::future<void> reserving;
  if (order.threads > 1) {
    reserving = beside([&] { reserve_as_announced(cache, input, order.databases); });
  }
  auto inspected = inspect(input,
                           {.databases = order.databases,
                            .largest_value = largest_value(cache.max_memory()),
                            .checksum = order.checksum,
                            .cancelled = progress.cancelled},
                           left_out);
  if (auto* const failure = std::get_if<Failure>(&inspected)) {
    result.failure = std::move(*failure);
    return result;
  }
  const auto& contents = std::get<Contents>(inspected);
  result.functions = contents.functions;
  // If no thread was to be had, it has not begun, and the exact number is known by now.
  if (reserving.valid() &&
      reserving.wait_for(std::chrono::seconds(0)) != std::future_status::deferred) {
    reserving.get();
  }
  for (int database = 0; database < order.databases; ++database) {
    cache.reserve(contents.entries[static_cast<std::size_t>(database)], database);
  }
  result.unreadable = store_all({.cache = cache,
                                 .order = order,
                                 .descriptor = input.file.get(),
                                 .segments = contents.segments,
                                 .progress = progress,
                                 .now_ms = cache.clock().now_ms(),
                                 .parts = std::min(order.threads, cache.shard_count())});
  return result;
}

}  // namespace sideline::persist
