#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <new>
#include <stdexcept>
#include <string_view>
#include <utility>

#include <libcache/c.h>
#include <libcache/cache.h>
#include <libcache/loading_cache.h>

namespace libcache::c {

/// The caller's clock, or the system's.
class CallbackClock final : public Clock {
 public:
  CallbackClock(std::int64_t (*callback)(void*), void* context)
      : callback_(callback), context_(context) {}
  [[nodiscard]] std::int64_t now_ms() const override {
    return callback_ == nullptr ? Clock::system().now_ms() : callback_(context_);
  }

 private:
  std::int64_t (*callback_)(void*);
  void* context_;
};

/// Runs what may throw, at the border to C.
template <class Body>
libcache_status guarded(Body body) noexcept {
  try {
    return body();
  } catch (const std::bad_alloc&) {
    return LIBCACHE_OUT_OF_MEMORY;
  } catch (const std::invalid_argument&) {
    return LIBCACHE_INVALID_ARGUMENT;
  } catch (...) {
    return LIBCACHE_SYSTEM_ERROR;
  }
}

/// Whether bytes from the caller can be looked at.
inline bool are_there(const void* bytes, std::size_t size) { return bytes != nullptr || size == 0; }

/// No view has a null pointer: the engine copies from them.
inline std::string_view view_of(const void* bytes, std::size_t size) {
  return size == 0 ? std::string_view("") : std::string_view(static_cast<const char*>(bytes), size);
}

/// The owner of what is handed out: a pin on the bytes, or else they follow it in its memory, so
/// that a value takes one allocation.
struct Owner {
  std::shared_ptr<const void> pin;
};

/// libcache_value_free() takes it back.
inline libcache_value handed_out(std::string_view bytes, std::shared_ptr<const void> pin,
                                 bool is_stale = false) {
  const std::size_t copied = pin ? 0 : bytes.size();
  auto* memory = static_cast<char*>(::operator new(sizeof(Owner) + copied));
  auto* owner = new (memory) Owner{std::move(pin)};
  if (owner->pin == nullptr) {
    std::copy(bytes.begin(), bytes.end(), memory + sizeof(Owner));
    bytes = {memory + sizeof(Owner), copied};
  }
  return {bytes.data(), bytes.size(), is_stale ? 1 : 0, owner};
}

inline libcache_value handed_out(const Value& value, bool is_stale = false) {
  return handed_out(value.bytes(), value.pin(), is_stale);
}

}  // namespace libcache::c

struct libcache_cache {
  libcache_cache(const libcache::c::CallbackClock& its_clock, libcache::Options options,
                 libcache::LoadingOptions loading_options)
      : clock(its_clock),
        cache((options.clock = &clock, options)),
        loading(cache, std::move(loading_options)) {}

  libcache::c::CallbackClock clock;  // first, as the cache uses it to its end
  libcache::Cache cache;
  libcache::LoadingCache loading;
};
