#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include <libcache/key.h>
#include <libcache/operations.h>
#include <libcache/value.h>

namespace libcache {

class Cache;
class Engine;
class Shard;

/// Holds the locks of some keys, so that several operations on them are one atomic step to every
/// other thread.
///
///     auto lock = cache.lock(std::array<Key, 2>{"a", "b"});
///     if (auto a = lock.get("a")) lock.set("b", a->bytes());
///
/// Made by Cache::lock(). Keep it short: other threads wait. While one is held, its thread must
/// use only it, not the cache. Every key passed must be one of those that were locked (undefined
/// otherwise; asserted in debug builds). The functions do what Cache's of the same name do.
class KeyLock {
 public:
  KeyLock(KeyLock&& other) noexcept;
  KeyLock& operator=(KeyLock&&) = delete;
  ~KeyLock();

  /// A value where it lies. `bytes` is valid until the next change through this lock and no longer
  /// than the lock; if `pin` is set, as long as that is held.
  struct View {
    std::string_view bytes;
    std::shared_ptr<const void> pin;  ///< set for large values

    // So that an optional can make one in place.
    View(std::string_view found, std::shared_ptr<const void> keeper)
        : bytes(found), pin(std::move(keeper)) {}
  };
  /// Reads without copying.
  [[nodiscard]] std::optional<View> view(Key key, ReadOptions options = {});

  [[nodiscard]] std::optional<Value> get(Key key, ReadOptions options = {});
  [[nodiscard]] bool exists(Key key, ReadOptions options = {.touch = false});
  [[nodiscard]] std::optional<EntryInfo> info(Key key, ReadOptions options = {.touch = false,
                                                                              .count = false});

  SetResult set(Key key, std::string_view value, const SetOptions& options = {});
  Status set_many(std::span<const KeyValue> entries);
  Status compare_and_set(Key key, std::string_view expected, std::string_view desired);
  bool erase(Key key);
  /// Gives an entry another key, in place of what is there; value and deadline stay. kNotFound, or
  /// kOutOfMemory (rarely: it may go beyond the limit by 1/16, 16 MiB at most). A large value is
  /// not copied.
  Status rename(Key from, Key to);
  Status increment(Key key, std::int64_t delta, std::int64_t& result);
  Status increment_float(Key key, long double delta, std::string& result);
  Status append(Key key, std::string_view suffix, std::size_t& size);
  Status set_range(Key key, std::size_t offset, std::string_view bytes, std::size_t& size);

  bool touch(Key key);
  Status expire_at(Key key, std::int64_t deadline_ms);
  Status persist(Key key);
  [[nodiscard]] std::optional<std::int64_t> deadline(Key key);

 private:
  friend class Cache;
  struct Place;

  KeyLock(Engine& engine, const HashedKey& key);
  KeyLock(Engine& engine, std::uint64_t shards);
  void tell_shards(std::uint64_t held_together);
  [[nodiscard]] bool holds_several() const { return (shards_ & (shards_ - 1)) != 0; }
  [[nodiscard]] Place place_of(Key key) const;

  Engine* engine_;               // null after a move
  std::uint64_t shards_ = 0;     // bit i: the lock of shard i is held; none if it is for one key:
  Shard* only_shard_ = nullptr;  // then only this one's,
  std::uint64_t only_hash_ = 0;  // and no other key than that with this hash is passed
};

}  // namespace libcache
