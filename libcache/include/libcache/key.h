#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <type_traits>

namespace libcache {

/// Databases (separate key spaces under one memory limit) that a cache has.
inline constexpr int kDatabases = 16;

/// A key as it is passed to the cache: bytes (any, also none, up to 512 MiB) that the caller keeps
/// valid during the call, and the database they belong to. A service that wants one key space
/// passes strings and never sees the rest.
class Key {
 public:
  Key() = default;
  // NOLINTBEGIN(google-explicit-constructor): a key is a string wherever a cache is called.
  Key(std::string_view bytes) : Key(bytes, 0) {}
  Key(const std::string& bytes) : Key(bytes, 0) {}
  Key(const char* bytes) : Key(bytes, 0) {}
  // NOLINTEND(google-explicit-constructor)

  /// `database` is from 0 to kDatabases - 1.
  Key(std::string_view bytes, int database)
      : data_(bytes.data()),
        size_and_database_(std::uint64_t{bytes.size()} << kDatabaseBits |
                           static_cast<std::uint8_t>(database)) {}

  [[nodiscard]] std::string_view bytes() const {
    return {data_, static_cast<std::size_t>(size_and_database_ >> kDatabaseBits)};
  }
  [[nodiscard]] int database() const { return static_cast<std::uint8_t>(size_and_database_); }
  [[nodiscard]] friend bool operator==(Key a, Key b) {
    return a.database() == b.database() && a.bytes() == b.bytes();
  }

 private:
  static constexpr int kDatabaseBits = 8;

  // In one word, so that a key is passed in two registers: passed in memory, it was written in
  // parts and copied as a whole right after, for which the processor waits until all that came
  // before is done. Hits (a million keys, 64 B) took 1.7 times as long.
  const char* data_ = nullptr;
  std::uint64_t size_and_database_ = 0;
};
static_assert(sizeof(Key) <= 16 && std::is_trivially_copyable_v<Key>);

/// A key with its hash in one cache, as Cache::hash() makes it: for who passes a key to several
/// functions. Means nothing to another cache. Owns nothing.
struct HashedKey {
  HashedKey() = default;
  // So that a container can make one in place: copied there right after it was written in parts, it
  // is waited for as Key says.
  HashedKey(Key of, std::uint64_t its_hash) : key(of), hash(its_hash) {}

  Key key;
  std::uint64_t hash = 0;
};

/// What set_many() stores. Owns nothing.
struct KeyValue {
  Key key;
  std::string_view value;
};

}  // namespace libcache
