#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include <libcache/key.h>
#include <libcache/tags.h>
#include <libcache/value.h>

namespace libcache {

/// What became of an operation.
enum class [[nodiscard]] Status : std::uint8_t{
    kOk,
    kNotFound,     ///< no such key (or it is expired)
    kNotStored,    ///< the condition of the operation was not met; nothing changed
    kOutOfMemory,  ///< no room, and the policy lets nobody go; nothing changed
    kTooLarge,     ///< can never fit: over 512 MiB, or over 3/4 of the limit; nothing changed
    kNotInteger,   ///< the value is not a 64-bit signed decimal integer; nothing changed
    kNotFloat,     ///< the value is not a finite or infinite decimal number; nothing changed
    kOverflow,     ///< the integer result would overflow; nothing changed
    kNotFinite,    ///< the float result would be NaN or infinite; nothing changed
};

/// The largest key and the largest value, in bytes.
inline constexpr std::size_t kMaxBytes = std::size_t{512} << 20;

/// No deadline. Deadlines are milliseconds since the UNIX epoch.
inline constexpr std::int64_t kNoDeadline = -1;

/// How a value came to be; kept with it. Redis shows it as OBJECT ENCODING.
enum class Encoding : std::uint8_t {
  kWhole,   ///< stored in one piece, as given
  kEdited,  ///< changed in place by append() or set_range()
  kNumber,  ///< the text of a float that increment_float() stored: never seen as an integer
            ///< encoding
};

/// How set() stores. The default stores unconditionally, with Options::default_ttl.
struct SetOptions {
  enum class When : std::uint8_t { kAlways, kIfAbsent, kIfPresent };

  When when = When::kAlways;
  /// Lifetime from now. A value that is not positive stores nothing and erases what was there.
  std::optional<std::chrono::milliseconds> ttl = {};
  /// The moment of expiry, whatever ttl says; kNoDeadline: never, whatever the default.
  std::optional<std::int64_t> deadline_ms = {};
  /// Keep the deadline that the key has, or that it has none, whatever ttl and deadline_ms say. A
  /// key that is absent gets Options::default_ttl.
  bool keep_ttl = false;
  /// Fill SetResult::old_value.
  bool return_old = false;
  Encoding encoding = Encoding::kWhole;
  /// What invalidates it, instead of the tags it had. Whatever changes the value in place keeps
  /// them: increment(), append() and the like, and another deadline.
  Tags tags = {};
};

struct SetResult {
  Status status = Status::kOk;
  bool existed = false;            ///< the key was there before
  std::optional<Value> old_value;  ///< if asked for and existed; also when nothing was stored
};

/// What add_many() stores. Owns nothing.
struct NewEntry {
  Key key;
  std::string_view value;
  std::int64_t deadline_ms = kNoDeadline;
};

/// What became of them. What is in neither was there already.
struct Additions {
  std::size_t added = 0;
  std::size_t refused = 0;  ///< there is no room for them
};

/// How a read shows up in recency and statistics.
struct ReadOptions {
  bool touch = true;  ///< counts as a use for the eviction policy
  bool count = true;  ///< counts as a hit or a miss
};

/// What is known of an entry besides its value.
struct EntryInfo {
  std::int64_t deadline_ms = kNoDeadline;
  std::size_t value_size = 0;
  std::size_t memory = 0;  ///< bytes charged for it: item, extent and its share of the index
  std::int64_t idle_ms =
      0;  ///< since the last use; approximate (about 1/64 of the cache's age, 1 s at best)
  int frequency = 0;  ///< logarithmic use counter 0..255 under the LFU policies, else 0
  Encoding encoding = Encoding::kWhole;
  bool integer = false;  ///< the value is a canonical 64-bit integer, stored whole
};

}  // namespace libcache
