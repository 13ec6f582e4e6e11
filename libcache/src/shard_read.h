#pragma once

// What a hit does in its shard, inlined into the library's readers whatever the compiler thinks of
// their size, so that what was found stays in registers. Passed in memory, it was written in parts
// and copied as a whole right after, for which the processor waits until all that came before is
// done. A hit takes 300 instructions instead of 440, and the next one begins to wait for memory
// before it is over.

#include <optional>
#include <utility>

#include <absl/base/attributes.h>

#include "shard.h"

namespace libcache {

ABSL_ATTRIBUTE_ALWAYS_INLINE Shard::Found Shard::find_any(Key key, KeyHash hash) {
  Found found{database(key.database()), {}};
  if (found.database == nullptr) return found;
  found.slot = found.database->index.find(hash, key.bytes());
  if (found && item(found.slot.ref()).expires_or_is_tagged() &&
      drop_if_ended(*found.database, found.slot)) {
    return {};
  }
  return found;
}

ABSL_ATTRIBUTE_ALWAYS_INLINE Shard::Found Shard::find_to_read(Key key, KeyHash hash,
                                                              ReadOptions options) {
  Found found = find_any(key, hash);
  const bool negative = found && item(found.slot.ref()).is_negative();
  if (negative) found = {};
  if (options.count) {
    ++(found ? stats_.hits : stats_.misses);
    if (observer_ != nullptr) found ? observer_->hit(key) : observer_->missed(key, hash, negative);
    if (is_sampled(hash) && options.touch) [[unlikely]] {
      sample_read(key, hash, found.slot);
    }
  }
  if (found && options.touch) sweep_.used(*found.database, found.slot, entries_);
  return found;
}

std::shared_ptr<const void> Shard::pin_of(const Item& at) const {
  return at.in_extent() ? environment_.extents->pin(at.extent()) : nullptr;
}

void Shard::prefetch_bucket(Key key, KeyHash hash) const {
  if (const Database* in = database(key.database())) in->index.prefetch_bucket(hash);
}

bool Shard::prefetch_item(Key key, KeyHash hash) const {
  const Database* in = database(key.database());
  return in != nullptr && in->index.prefetch_item(hash);
}

void Shard::prefetch_overflow_item(Key key, KeyHash hash) const {
  if (const Database* in = database(key.database())) in->index.prefetch_overflow_item(hash);
}

ABSL_ATTRIBUTE_ALWAYS_INLINE std::optional<std::string_view> Shard::read(Key key, KeyHash hash,
                                                                         ReadOptions options) {
  const Found found = find_to_read(key, hash, options);
  if (!found) return std::nullopt;
  return item(found.slot.ref()).value();
}

ABSL_ATTRIBUTE_ALWAYS_INLINE std::optional<KeyLock::View> Shard::view(Key key, KeyHash hash,
                                                                      ReadOptions options) {
  const Found found = find_to_read(key, hash, options);
  if (!found) return std::nullopt;
  const Item at = item(found.slot.ref());
  return KeyLock::View{at.value(), pin_of(at)};
}

/// What outlives the lock: a copy, or the pin. Never nothing: who returns it as it is does not move
/// it.
inline std::optional<Value> to_value(KeyLock::View&& view) {
  if (view.pin) return std::make_optional<Value>(view.bytes, std::move(view.pin));
  return std::make_optional<Value>(view.bytes);
}

}  // namespace libcache
