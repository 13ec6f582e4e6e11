#pragma once

#include <cstdint>
#include <string>
#include <string_view>

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
  Key(std::string_view bytes) : bytes_(bytes) {}
  Key(const std::string& bytes) : bytes_(bytes) {}
  Key(const char* bytes) : bytes_(bytes) {}
  // NOLINTEND(google-explicit-constructor)

  /// `database` is from 0 to kDatabases - 1.
  Key(std::string_view bytes, int database)
      : bytes_(bytes), database_(static_cast<std::uint8_t>(database)) {}

  [[nodiscard]] std::string_view bytes() const { return bytes_; }
  [[nodiscard]] int database() const { return database_; }
  [[nodiscard]] friend bool operator==(const Key& a, const Key& b) = default;

 private:
  std::string_view bytes_;
  std::uint8_t database_ = 0;
};

/// A key with its hash in one cache, as Cache::hash() makes it: for who passes a key to several
/// functions. Means nothing to another cache. Owns nothing.
struct HashedKey {
  Key key;
  std::uint64_t hash = 0;
};

/// What set_many() stores. Owns nothing.
struct KeyValue {
  Key key;
  std::string_view value;
};

}  // namespace libcache
