#include "server/persist/load.h"

#include <array>
#include <deque>
#include <functional>
#include <span>
#include <utility>
#include <variant>

#include "server/persist/rdb_parser.h"
#include "server/persist/snapshot_input.h"

namespace sideline::persist {
namespace {

/// Entries of one segment that are stored together, as fetching the memory for all of their keys
/// takes little longer than for one.
class Batch {
 public:
  Batch(libcache::Cache& cache, std::string_view segment) : cache_(cache), segment_(segment) {}

  void add(const RdbParser& entry) {
    keys_[count_] = cache_.hash({kept(entry.key()), entry.database()});
    values_[count_] = kept(entry.value());
    deadlines_ms_[count_] = entry.deadline_ms();
    ++count_;
  }
  [[nodiscard]] bool is_full() const { return count_ == kMost || decoded_bytes_ > kMostDecoded; }

  void store(LoadProgress& progress) {
    cache_.prefetch(std::span(keys_).first(count_));
    std::uint64_t loaded = 0;
    std::uint64_t out_of_room = 0;
    for (std::size_t i = 0; i < count_; ++i) {
      const auto stored = cache_.lock(keys_[i]).set(
          keys_[i].key, values_[i],
          {.when = libcache::SetOptions::When::kIfAbsent, .deadline_ms = deadlines_ms_[i]});
      // What is there already is neither.
      if (stored.status == libcache::Status::kOk) ++loaded;
      if (stored.status == libcache::Status::kOutOfMemory ||
          stored.status == libcache::Status::kTooLarge) {
        ++out_of_room;
      }
    }
    progress.loaded.fetch_add(loaded, std::memory_order_relaxed);
    progress.out_of_room.fetch_add(out_of_room, std::memory_order_relaxed);
    count_ = 0;
    decoded_.clear();
    decoded_bytes_ = 0;
  }

 private:
  static constexpr std::size_t kMost = 32;
  static constexpr std::size_t kMostDecoded = std::size_t{1} << 20;

  /// What does not lie in the segment is a copy that the next entry overwrites.
  std::string_view kept(std::string_view string) {
    const std::less<> before;
    const char* const end = segment_.data() + segment_.size();
    if (!before(string.data(), segment_.data()) && before(string.data(), end)) return string;
    decoded_bytes_ += string.size();
    return decoded_.emplace_back(string);
  }

  libcache::Cache& cache_;
  const std::string_view segment_;
  std::array<libcache::HashedKey, kMost> keys_;
  std::array<std::string_view, kMost> values_;
  std::array<std::int64_t, kMost> deadlines_ms_{};
  std::size_t count_ = 0;
  std::deque<std::string> decoded_;  // whose elements stay where they are
  std::size_t decoded_bytes_ = 0;
};

/// Stores the entries of one segment, whose bytes these are.
void store(libcache::Cache& cache, const Segment& segment, std::string_view bytes, int databases,
           std::int64_t now_ms, LoadProgress& progress) {
  MemoryReader reader(bytes, segment.begin);
  RdbParser parser(reader, RdbParser::Values::kRead, databases, segment.database);
  Batch batch(cache, bytes);
  const std::uint64_t largest = largest_value(cache.max_memory());
  while (reader.left() != 0 && reader.ok()) {
    // What else there is was told of when the whole was inspected.
    if (parser.next() != RdbParser::Found::kEntry || parser.value().size() > largest) continue;
    const std::int64_t deadline_ms = parser.deadline_ms();
    if (deadline_ms != libcache::kNoDeadline && deadline_ms <= now_ms) {
      progress.expired.fetch_add(1, std::memory_order_relaxed);
      continue;
    }
    batch.add(parser);
    if (batch.is_full()) batch.store(progress);
  }
  batch.store(progress);
}

/// By one thread: two of them, on two busy processors, met at the shards' locks and took longer.
/// Returns how many bytes could not be read.
std::uint64_t store_all(libcache::Cache& cache, const LoadOrder& order, int descriptor,
                        std::span<const Segment> segments, LoadProgress& progress) {
  const std::int64_t now_ms = cache.clock().now_ms();
  std::string bytes;
  std::uint64_t unreadable = 0;
  for (const Segment& segment : segments) {
    if (progress.cancelled) break;
    bytes.resize(segment.end - segment.begin);
    // It was read a moment ago: only a broken disk or somebody who writes into the file makes it
    // unreadable.
    if (!read_at(descriptor, segment.begin, bytes.data(), bytes.size())) {
      unreadable += bytes.size();
      continue;
    }
    store(cache, segment, bytes, order.databases, now_ms, progress);
    progress.bytes.fetch_add(bytes.size(), std::memory_order_relaxed);
  }
  return unreadable;
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
  FileReader reader(input.file.get(), input.size);
  auto inspected = inspect(reader,
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
  result.unreadable = store_all(cache, order, input.file.get(), contents.segments, progress);
  return result;
}

}  // namespace sideline::persist
