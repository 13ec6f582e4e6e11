#pragma once

#include <cstddef>
#include <functional>
#include <list>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>

#include <libcache/cache.h>
#include <rocksdb/cache.h>
#include <tbb/concurrent_hash_map.h>

namespace bench {

// The caches that are compared, behind one shape:
//
//   kName                 as it stands in the benchmarks' names
//   kEvicts               whether it has a limit at all
//   Contender(bytes)      holds at most so many bytes, each by its own way of counting
//   get(key, out)         copies the value into `out`, whose memory is reused; false on a miss
//   set(key, value)       stores or overwrites
//   size()                entries held
//
// Thread-safe, each in its own way.

/// What a hash table of strings needs to be asked with a string_view.
struct StringHash {
  using is_transparent = void;
  // Not noexcept: that makes std::unordered_map keep the hash in its nodes, as it does for
  // std::hash<std::string>, and not compute it again for each node of a chain.
  std::size_t operator()(std::string_view key) const { return std::hash<std::string_view>()(key); }
};

class Libcache {
 public:
  static constexpr const char* kName = "libcache";
  static constexpr bool kEvicts = true;

  explicit Libcache(std::size_t limit) : cache_({.max_memory = limit}) {}
  bool get(std::string_view key, std::string& out) { return cache_.get_into(key, out); }
  void set(std::string_view key, std::string_view value) {
    static_cast<void>(cache_.set(key, value).status);
  }
  [[nodiscard]] std::size_t size() const { return cache_.size(); }

  /// For what the others do not have.
  [[nodiscard]] libcache::Cache& cache() { return cache_; }

 private:
  libcache::Cache cache_;
};

/// What one writes in an afternoon: a list in order of use, a hash table into it, one mutex.
class MutexLru {
 public:
  static constexpr const char* kName = "mutex-lru";
  static constexpr bool kEvicts = true;

  explicit MutexLru(std::size_t limit) : limit_(limit) {}
  bool get(std::string_view key, std::string& out);
  void set(std::string_view key, std::string_view value);
  [[nodiscard]] std::size_t size();

 private:
  struct Entry {
    const std::string* key;  // that of the table
    std::string value;
  };
  using Entries = std::list<Entry>;

  /// Bytes that an entry takes, about: what it allocates, with malloc's 8 bytes each.
  [[nodiscard]] static std::size_t charge(std::string_view key, std::string_view value);
  void evict_last();

  const std::size_t limit_;
  std::mutex mutex_;
  std::size_t charged_ = 0;
  Entries entries_;  // the most recently used first
  std::unordered_map<std::string, Entries::iterator, StringHash, std::equal_to<>> table_;
};

/// RocksDB's block cache as it comes. Its values are objects of ours.
class RocksdbLru {
 public:
  static constexpr const char* kName = "rocksdb-lru";
  static constexpr bool kEvicts = true;

  explicit RocksdbLru(std::size_t limit) : cache_(rocksdb::NewLRUCache(limit)) {}
  bool get(std::string_view key, std::string& out);
  void set(std::string_view key, std::string_view value);
  [[nodiscard]] std::size_t size() const;

 private:
  std::shared_ptr<rocksdb::Cache> cache_;
};

/// A concurrent hash table: no order of use, no eviction, no limit.
class TbbMap {
 public:
  static constexpr const char* kName = "tbb-map";
  static constexpr bool kEvicts = false;

  explicit TbbMap(std::size_t /*limit*/) {}
  bool get(std::string_view key, std::string& out);
  void set(std::string_view key, std::string_view value);
  [[nodiscard]] std::size_t size() const { return map_.size(); }

 private:
  struct HashCompare {
    using is_transparent = void;
    [[nodiscard]] std::size_t hash(std::string_view key) const { return StringHash()(key); }
    [[nodiscard]] bool equal(std::string_view a, std::string_view b) const { return a == b; }
  };
  // With malloc, so that its allocations are counted too.
  using Map = tbb::concurrent_hash_map<std::string, std::string, HashCompare,
                                       std::allocator<std::pair<const std::string, std::string>>>;
  Map map_;
};

}  // namespace bench
