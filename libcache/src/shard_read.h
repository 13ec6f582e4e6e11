#pragma once

// What a hit does in its shard, inlined into the library's readers whatever the compiler thinks of
// their size, so that what was found stays in registers. Passed in memory, it was written in parts
// and copied as a whole right after, for which the processor waits until all that came before is
// done. And each instruction counts: where hits follow each other so closely that the processor
// sees the next one while it waits for memory (448 instructions ahead on AMD Zen 5), two wait at
// the same time.

#include <optional>
#include <utility>

#include <absl/base/attributes.h>

#include "shard.h"

namespace libcache {

ABSL_ATTRIBUTE_ALWAYS_INLINE Slot Shard::find_in(Database& in, Key key, KeyHash hash) {
  const Slot slot = in.index.find(hash, key.bytes());
  if (slot && item(slot.ref()).expires_or_is_tagged() && drop_if_ended(in, slot)) return {};
  return slot;
}

ABSL_ATTRIBUTE_ALWAYS_INLINE Shard::Found Shard::find_any(Key key, KeyHash hash) {
  Database* const in = database(key.database());
  if (in == nullptr) return {};
  return {in, find_in(*in, key, hash)};
}

ABSL_ATTRIBUTE_ALWAYS_INLINE Slot Shard::find_to_read(Key key, KeyHash hash, ReadOptions options) {
  Database* const in = database(key.database());
  const Slot slot = in != nullptr ? find_in(*in, key, hash) : Slot();
  const bool negative = slot && item(slot.ref()).is_negative();
  const bool hit = slot && !negative;
  if (options.count) {
    ++(hit ? stats_.hits : stats_.misses);
    if (observer_ != nullptr) hit ? observer_->hit(key) : observer_->missed(key, hash, negative);
    if (is_sampled(hash) && options.touch) [[unlikely]] {
      sample_read(key, hash, hit ? slot : Slot());
    }
  }
  if (!hit) return {};
  if (options.touch) sweep_.used(*in, slot, entries_);
  return slot;
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
  const Slot slot = find_to_read(key, hash, options);
  if (!slot) return std::nullopt;
  return item(slot.ref()).value();
}

ABSL_ATTRIBUTE_ALWAYS_INLINE std::optional<KeyLock::View> Shard::view(Key key, KeyHash hash,
                                                                      ReadOptions options) {
  const Slot slot = find_to_read(key, hash, options);
  if (!slot) return std::nullopt;
  const Item at = item(slot.ref());
  return std::make_optional<KeyLock::View>(at.value(), pin_of(at));
}

ABSL_ATTRIBUTE_ALWAYS_INLINE std::optional<Value> Shard::get(Key key, KeyHash hash,
                                                             ReadOptions options) {
  auto found = view(key, hash, options);
  if (!found) return std::nullopt;
  return std::make_optional<Value>(found->bytes, std::move(found->pin));
}

}  // namespace libcache
