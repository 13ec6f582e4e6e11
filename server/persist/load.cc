#include "server/persist/load.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <span>
#include <thread>
#include <utility>
#include <variant>
#include <vector>

#include "server/persist/rdb_parser.h"

namespace sideline::persist {
namespace {

class File {
 public:
  explicit File(const std::string& path)
      : descriptor_(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)) {}
  File(const File&) = delete;
  File& operator=(const File&) = delete;
  ~File() {
    if (descriptor_ >= 0) ::close(descriptor_);
  }
  [[nodiscard]] int descriptor() const { return descriptor_; }
  /// Nothing if it cannot be read.
  [[nodiscard]] std::optional<std::uint64_t> size() const {
    struct stat facts {};
    if (descriptor_ < 0 || ::fstat(descriptor_, &facts) != 0) return std::nullopt;
    if (!S_ISREG(facts.st_mode)) {
      errno = EINVAL;
      return std::nullopt;
    }
    return static_cast<std::uint64_t>(facts.st_size);
  }

 private:
  int descriptor_;
};

/// Stores the segments of a file that was inspected, on several threads.
class Storing {
 public:
  Storing(libcache::Cache& cache, const LoadOrder& order, int descriptor,
          std::span<const Segment> segments, LoadProgress& progress)
      : cache_(cache),
        order_(order),
        descriptor_(descriptor),
        segments_(segments),
        progress_(progress),
        now_ms_(cache.clock().now_ms()) {}

  void run() {
    std::vector<std::thread> others;
    for (unsigned i = 1; i < order_.threads; ++i) others.emplace_back([this] { work(); });
    work();
    for (std::thread& other : others) other.join();
  }

 private:
  void work() {
    std::string bytes;
    for (;;) {
      const std::size_t i = next_.fetch_add(1, std::memory_order_relaxed);
      if (i >= segments_.size() || progress_.cancelled) return;
      const Segment& segment = segments_[i];
      bytes.resize(segment.end - segment.begin);
      // What was read a moment ago, and is still in memory: only a broken disk or somebody who
      // writes into the file makes the rest of it unreadable, and that is as an entry less.
      if (!read_at(descriptor_, segment.begin, bytes.data(), bytes.size())) continue;
      store(segment, bytes);
      progress_.bytes.fetch_add(bytes.size(), std::memory_order_relaxed);
    }
  }

  void store(const Segment& segment, std::string_view bytes) {
    MemoryReader reader(bytes, segment.begin);
    RdbParser parser(reader, RdbParser::Values::kRead, order_.databases, segment.database);
    std::uint64_t loaded = 0;
    std::uint64_t expired = 0;
    std::uint64_t out_of_room = 0;
    while (reader.left() != 0 && parser.next() == RdbParser::Found::kEntry) {
      const std::int64_t deadline_ms = parser.deadline_ms();
      if (deadline_ms != libcache::kNoDeadline && deadline_ms <= now_ms_) {
        ++expired;
        continue;
      }
      const auto stored =
          cache_.set({parser.key(), parser.database()}, parser.value(),
                     {.when = libcache::SetOptions::When::kIfAbsent, .deadline_ms = deadline_ms});
      if (stored.status == libcache::Status::kOk) ++loaded;
      if (stored.status == libcache::Status::kOutOfMemory) ++out_of_room;
    }
    progress_.loaded.fetch_add(loaded, std::memory_order_relaxed);
    progress_.expired.fetch_add(expired, std::memory_order_relaxed);
    progress_.out_of_room.fetch_add(out_of_room, std::memory_order_relaxed);
  }

  libcache::Cache& cache_;
  const LoadOrder& order_;
  const int descriptor_;
  const std::span<const Segment> segments_;
  LoadProgress& progress_;
  const std::int64_t now_ms_;
  std::atomic<std::size_t> next_{0};
};

/// A cache takes no value above three quarters of its limit.
std::uint64_t largest_value(const libcache::Cache& cache) {
  const std::size_t limit = cache.max_memory();
  return limit == 0 ? libcache::kMaxBytes : std::min(libcache::kMaxBytes, limit / 4 * 3);
}

}  // namespace

LoadResult load(libcache::Cache& cache, const LoadOrder& order, const LeftOut& left_out,
                LoadProgress& progress) {
  const File file(order.path);
  const auto size = file.size();
  LoadResult result;
  if (!size) {
    result.failure = Failure{0, std::strerror(errno)};
    return result;
  }
  progress.all_bytes = *size;
  FileReader reader(file.descriptor(), *size);
  auto inspected = inspect(reader,
                           {.databases = order.databases,
                            .largest_value = largest_value(cache),
                            .checksum = order.checksum},
                           left_out);
  if (auto* const failure = std::get_if<Failure>(&inspected)) {
    result.failure = std::move(*failure);
    return result;
  }
  const auto& contents = std::get<Contents>(inspected);
  result.functions = contents.functions;
  Storing(cache, order, file.descriptor(), contents.segments, progress).run();
  return result;
}

}  // namespace sideline::persist
