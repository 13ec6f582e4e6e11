// Shard's operations that change an entry: make another value, deadline or key of what it has.

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstring>
#include <utility>

#include <libcache/number.h>

#include "shard_write.h"

namespace libcache {

/// Another value of an entry, which keeps its deadline and its tags, or the first value of a key.
Shard::Write Shard::changed(const Found& found, std::size_t value_size, Encoding encoding) const {
  if (!found) {
    return {.value_size = value_size, .deadline_ms = default_deadline(), .encoding = encoding};
  }
  const Item at = item(found.slot.ref());
  return {.value_size = value_size,
          .deadline_ms = at.deadline_or_none(),
          .encoding = encoding,
          .tagging = at.tagging()};
}

Status Shard::compare_and_set(Key key, KeyHash hash, std::string_view expected,
                              std::string_view desired) {
  const Found found = find(key, hash);
  if (!found) return Status::kNotFound;
  const Item at = item(found.slot.ref());
  if (at.value() != expected) return Status::kNotStored;
  const Status status =
      write(key, hash, found, changed(found, desired.size(), Encoding::kWhole), copy_of(desired));
  if (status == Status::kOk) count_set(key);
  return status;
}

Status Shard::increment(Key key, KeyHash hash, std::int64_t delta, std::int64_t& result) {
  const Found found = find(key, hash);
  std::int64_t value = 0;
  if (found) {
    const auto number = parse_integer(item(found.slot.ref()).value());
    if (!number) return Status::kNotInteger;
    value = *number;
  }
  if (__builtin_add_overflow(value, delta, &value)) return Status::kOverflow;
  std::array<char, 20> text;
  const char* end = std::to_chars(text.data(), text.data() + text.size(), value).ptr;
  const auto size = static_cast<std::size_t>(end - text.data());
  const Status status =
      write(key, hash, found, changed(found, size, Encoding::kWhole), copy_of({text.data(), size}));
  if (status != Status::kOk) return status;
  result = value;
  count_set(key);
  return status;
}

Status Shard::increment_float(Key key, KeyHash hash, long double delta, std::string& result) {
  const Found found = find(key, hash);
  long double value = 0;
  if (found) {
    const auto number = parse_float(item(found.slot.ref()).value());
    if (!number) return Status::kNotFloat;
    value = *number;
  }
  value += delta;
  if (std::isnan(value) || std::isinf(value)) return Status::kNotFinite;
  std::string text = format_float(value);
  const Status status =
      write(key, hash, found, changed(found, text.size(), Encoding::kNumber), copy_of(text));
  if (status != Status::kOk) return status;
  result = std::move(text);
  count_set(key);
  return status;
}

Status Shard::splice(Key key, KeyHash hash, std::optional<std::size_t> offset,
                     std::string_view bytes, std::size_t& size) {
  const Found found = find(key, hash);
  const std::size_t old_size = found ? item(found.slot.ref()).value_size() : 0;
  const std::size_t begin = offset.value_or(old_size);
  if (begin > kMaxBytes || bytes.size() > kMaxBytes - begin) return Status::kTooLarge;
  const std::size_t new_size = std::max(old_size, begin + bytes.size());
  // What append() makes is stored in one piece; Redis's SETRANGE makes an editable string at once.
  const Encoding encoding = found || offset ? Encoding::kEdited : Encoding::kWhole;
  const auto fill = [&](char* to, std::string_view old) {
    if (to != old.data() && !old.empty()) std::memcpy(to, old.data(), old.size());
    if (begin > old.size()) std::memset(to + old.size(), 0, begin - old.size());
    if (!bytes.empty()) std::memcpy(to + begin, bytes.data(), bytes.size());
  };
  const Status status = write(key, hash, found, changed(found, new_size, encoding), fill);
  if (status != Status::kOk) return status;
  size = new_size;
  count_set(key);
  return status;
}

/// Rewrites the entry with another deadline: in place if it had one and keeps one. An extent is
/// handed on, not copied. Overdraws: where memory is short and nobody may be evicted, a deadline is
/// what ends that.
Status Shard::set_deadline(Key key, KeyHash hash, const Found& found, std::int64_t deadline_ms) {
  const Item at = item(found.slot.ref());
  const auto keep = [](char* to, std::string_view old) {
    if (to != old.data() && !old.empty()) std::memcpy(to, old.data(), old.size());
  };
  Extent* extent = extent_to_keep(at, at.key_size(), deadline_ms);
  return write(key, hash, found,
               {.value_size = at.value_size(),
                .deadline_ms = deadline_ms,
                .encoding = at.encoding(),
                .extent = extent,
                .overdraft = Overdraft::kAllowed,
                .same_value = true,
                .tagging = at.tagging()},
               keep);
}

/// The extent of an entry, if it serves with that deadline and a key of that size. (Without what
/// was beside it the value may have room in the item.)
Extent* Shard::extent_to_keep(const Item& at, std::size_t key_size, std::int64_t deadline_ms) {
  if (!at.in_extent()) return nullptr;
  const ItemShape wanted = ItemShape::of(key_size, at.value_size(), deadline_ms != kNoDeadline,
                                         at.tagging().tags.size());
  return wanted.in_extent && wanted.extent_bytes() == at.shape().extent_bytes() ? at.extent()
                                                                                : nullptr;
}

Status Shard::rename(Key from, KeyHash from_hash, Shard& target, Key to, KeyHash to_hash) {
  const Found source = find(from, from_hash);
  if (!source) return Status::kNotFound;
  const Item at = item(source.slot.ref());
  // Making room for the target may evict the source: its value is kept beside it meanwhile.
  const std::shared_ptr<const void> pin = pin_of(at);
  const std::string copy(pin ? std::string_view() : at.value());
  const std::string_view value = pin ? at.value() : std::string_view(copy);
  const std::int64_t deadline = at.deadline_or_none();
  const std::size_t key_size = to.bytes().size();
  Extent* extent = key_size <= ItemShape::kMaxInlineKey ? extent_to_keep(at, key_size, deadline)
                                                        : nullptr;  // the key lies in it
  const Write wanted{.value_size = value.size(),
                     .deadline_ms = deadline,
                     .encoding = at.encoding(),
                     .extent = extent,
                     .overdraft = Overdraft::kAllowed,
                     .tagging = at.tagging()};
  const Status status = target.write(to, to_hash, target.find(to, to_hash), wanted, copy_of(value));
  if (status == Status::kOk) erase(from, from_hash);
  return status;
}

}  // namespace libcache
