// Shard's operations that store a value.

#include "shard_write.h"

#include <limits>
#include <memory>
#include <utility>

namespace libcache {
namespace {

std::int64_t saturating_add(std::int64_t a, std::int64_t b) {
  std::int64_t sum = 0;
  if (!__builtin_add_overflow(a, b, &sum)) return sum;
  return b > 0 ? std::numeric_limits<std::int64_t>::max()
               : std::numeric_limits<std::int64_t>::min();
}

/// Whether they say when the entry expires, rather than leave it to a default or to what is there.
bool names_deadline(const SetOptions& options) {
  if (options.keep_ttl) return false;
  return options.deadline_ms ? *options.deadline_ms != kNoDeadline : options.ttl.has_value();
}

}  // namespace

Database& Shard::make_database(int logical) {
  auto& at = databases_[static_cast<std::size_t>(number(logical))];
  if (at == nullptr) {
    at = std::make_unique<Database>(arena_, sweep_.epoch(), environment_.hash_seed, logical);
  }
  return *at;
}

/// Memory for an item and for its slot in `into`, freeing what is needed; kNullRef, and no extent,
/// if that is impossible. Nothing is freed once the item has its memory: emptying a span would try
/// to move it, and it is not in the index yet.
Ref Shard::allocate(const ItemShape& shape, Extent*& extent, Index& into, Overdraft overdraft) {
  Ref ref = kNullRef;
  bool refused_by_system = false;
  // What the system refuses only an extent of this shard leaves behind, if there is one to evict.
  const auto can_be_helped = [&]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    return !refused_by_system || items_in_extents_ != 0;
  };
  do {
    ref = take_memory(shape, extent, into, Overdraft::kNo, refused_by_system);
  } while (ref == kNullRef && can_be_helped() && make_room_here_or_elsewhere());
  if (ref == kNullRef && overdraft == Overdraft::kAllowed) {
    ref = take_memory(shape, extent, into, overdraft, refused_by_system);
  }
  if (ref == kNullRef && extent != nullptr) environment_.extents->drop(extent);
  if (arena_.take_news_of_full_blocks()) environment_.surroundings->work_added();
  return ref;
}

/// One attempt: kNullRef if a part is refused; an extent that was had is kept for the next one.
Ref Shard::take_memory(const ItemShape& shape, Extent*& extent, Index& into, Overdraft overdraft,
                       bool& refused_by_system) {
  refused_by_system = false;
  if (shape.in_extent && extent == nullptr) {
    extent = environment_.extents->allocate(shape.extent_bytes(), overdraft, refused_by_system);
    if (extent == nullptr) return kNullRef;
  }
  arena_.set_overdraft(overdraft);
  const Ref ref = into.prepare_insert() ? arena_.allocate(shape.bytes) : kNullRef;
  arena_.set_overdraft(Overdraft::kNo);
  return ref;
}

/// Puts the item at `ref` into a slot in place of the one that is there, which is freed.
void Shard::replace(Database& in, const Slot& slot, Ref ref) {
  const Ref old = slot.ref();
  sweep_.used(in, slot, entries_);
  in.index.refresh_marks(slot.chain());
  sweep_.left(in, slot.mark(), slot.expires());
  if (slot.expires()) --in.expiring;
  if (item(old).is_tagged()) --in.tagged;
  in.value_bytes -= item(old).value_size();
  slot.set_ref(ref);
  slot.set_expires(item(ref).expires());
  sweep_.entered(in, slot.mark(), slot.expires());
  free_item(old);
}

bool Shard::is_too_large(const ItemShape& shape) const {
  const std::size_t limit = environment_.budget->limit();
  return shape.key_size > kMaxBytes || shape.value_size > kMaxBytes ||
         (limit != 0 && shape.bytes + shape.extent_bytes() > limit / 4 * 3);
}

std::int64_t Shard::chosen_deadline(const SetOptions& options, const Found& found) {
  if (options.keep_ttl && found) return item(found.slot.ref()).deadline_or_none();
  if (options.keep_ttl) return default_deadline();
  if (options.deadline_ms) return *options.deadline_ms;
  return options.ttl ? saturating_add(now_ms(), options.ttl->count()) : default_deadline();
}

/// Of an entry that is stored without naming one.
std::int64_t Shard::default_deadline() const {
  const auto ttl = environment_.default_ttl->get();
  return ttl ? saturating_add(now_ms(), ttl->count()) : kNoDeadline;
}

SetResult Shard::set(Key key, KeyHash hash, std::string_view value, const SetOptions& options,
                     Epoch born, Overdraft overdraft) {
  SetResult result;
  const Found found = find(key, hash);
  result.existed = static_cast<bool>(found);
  if (options.return_old && found) {
    const Item old = item(found.slot.ref());
    result.old_value.emplace(old.value(), pin_of(old));
  }
  using When = SetOptions::When;
  if ((options.when == When::kIfAbsent && found) || (options.when == When::kIfPresent && !found)) {
    result.status = Status::kNotStored;
    return result;
  }
  const std::int64_t deadline = chosen_deadline(options, found);
  if (names_deadline(options) && deadline <= now_ms()) {
    // It is stored, and expires at once.
    if (found) remove(found, RemovalCause::kExplicit);
    note_erased(key, hash);
    count_set(key);
    ++stats_.expiries;
    return result;
  }
  result.status = write(key, hash, found,
                        {.value_size = value.size(),
                         .deadline_ms = deadline,
                         .encoding = options.encoding,
                         .overdraft = overdraft,
                         .tagging = {options.tags, born}},
                        copy_of(value));
  if (result.status == Status::kOk) count_set(key);
  return result;
}

bool Shard::erase(Key key, KeyHash hash) {
  note_erased(key, hash);
  const Found found = find(key, hash);
  if (!found) return false;
  remove(found, RemovalCause::kExplicit);
  return true;
}

Status Shard::set_negative(Key key, KeyHash hash, std::string_view error,
                           std::chrono::milliseconds ttl, const Tagging& tagging) {
  constexpr std::size_t kShare = 16;
  constexpr std::size_t kLongestError = 1024;
  erase(key, hash);
  const std::size_t share = environment_.budget->limit() / environment_.shard_count / kShare;
  std::size_t taken = 0;
  for (const auto& in : databases_) taken += in == nullptr ? 0 : in->negative_bytes;
  if (share != 0 && taken >= share) return Status::kNotStored;
  error = error.substr(0, kLongestError);
  return write(key, hash, {},
               {.value_size = error.size(),
                .deadline_ms = saturating_add(now_ms(), ttl.count()),
                .encoding = Encoding::kWhole,
                .negative = true,
                .tagging = tagging},
               copy_of(error));
}

}  // namespace libcache
