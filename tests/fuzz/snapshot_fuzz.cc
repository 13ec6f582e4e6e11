// Any bytes as a snapshot: it is loaded whole, or refused and nothing of it is there. What can be
// loaded can be saved and loaded again, and is the same then.
//
// The input is the file; its checksum is not compared, so that the fuzzer gets behind it.

#include <sys/mman.h>
#include <unistd.h>

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include <libcache/cache.h>
#include <libcache/snapshot.h>

#include "server/persist/load.h"
#include "server/persist/rdb_writer.h"

namespace {

namespace persist = sideline::persist;

void check(bool holds) {
  if (!holds) std::abort();
}

/// A file in memory.
class File {
 public:
  explicit File(std::string_view content) : descriptor_(::memfd_create("snapshot", MFD_CLOEXEC)) {
    check(descriptor_ >= 0);
    check(::write(descriptor_, content.data(), content.size()) ==
          static_cast<ssize_t>(content.size()));
  }
  File(const File&) = delete;
  File& operator=(const File&) = delete;
  ~File() { ::close(descriptor_); }
  [[nodiscard]] std::string path() const { return "/proc/self/fd/" + std::to_string(descriptor_); }

 private:
  int descriptor_;
};

using Entries = std::map<std::pair<int, std::string>, std::pair<std::string, std::int64_t>>;

Entries entries_of(libcache::Cache& cache) {
  Entries entries;
  libcache::Snapshot snapshot(cache);
  while (snapshot.step([&](const libcache::Snapshot::Entry& entry) {
    const bool is_new = entries
                            .try_emplace({entry.key.database(), std::string(entry.key.bytes())},
                                         std::string(entry.value), entry.deadline_ms)
                            .second;
    check(is_new);
  })) {
  }
  return entries;
}

/// What is loaded of a file; nothing if it is refused.
std::optional<Entries> load(std::string_view content, unsigned threads = 1) {
  const libcache::ManualClock clock;
  libcache::Cache cache({.max_memory = std::size_t{4} << 20,
                         .shards = 2,
                         .maintenance = libcache::Maintenance::kManual,
                         .clock = &clock});
  const File file(content);
  persist::LoadProgress progress;
  const persist::LoadResult result = persist::load(
      cache, {.path = file.path(), .databases = 16, .checksum = false, .threads = threads},
      [](int, std::string_view, std::string_view) {}, progress);
  check(cache.check_invariants().empty());
  if (!result.failure) return entries_of(cache);
  check(cache.size() == 0 && result.failure->offset <= content.size());
  return std::nullopt;
}

std::string saved(const Entries& entries) {
  std::string bytes;
  persist::RdbWriter writer({.compress = true, .checksum = true},
                            [&](std::string_view piece) { bytes += piece; });
  writer.begin(0, 0);
  for (const auto& [name, value] : entries) {
    writer.select(name.first, 1, 1);
    writer.entry(name.second, value.first, value.second);
  }
  writer.end();
  return bytes;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view content(reinterpret_cast<const char*>(data), size);
  const auto loaded = load(content);
  // Each thread stores the keys of one shard.
  check(load(content, /*threads=*/2) == loaded);
  if (loaded) check(load(saved(*loaded)) == loaded);
  return 0;
}
