#include <chrono>
#include <optional>
#include <string>
#include <utility>

#include "handles.h"
#include "sized_struct.h"

using libcache::LoadResult;
using libcache::LoadStatus;
using libcache::c::are_there;
using libcache::c::guarded;
using libcache::c::handed_out;
using libcache::c::view_of;
using std::chrono::milliseconds;

/// What a loader has told so far.
struct libcache_loaded {
  libcache::Loaded result = libcache::LoadError{"the loader told no result"};
  std::optional<milliseconds> ttl = {};
};

namespace {

constexpr libcache_load_options kDefaults{.struct_size = sizeof(libcache_load_options),
                                          .ttl_ms = LIBCACHE_TTL_DEFAULT,
                                          .stale_for_ms = 0,
                                          .absent_ttl_ms = 0,
                                          .error_ttl_ms = 0,
                                          .timeout_ms = INT64_MAX};

std::optional<libcache_load_options> checked(const libcache_load_options* from) {
  auto options = libcache::c::read_sized(from, kDefaults);
  if (options && (options->stale_for_ms < 0 || options->absent_ttl_ms < 0 ||
                  options->error_ttl_ms < 0 || options->timeout_ms < 0)) {
    return std::nullopt;
  }
  return options;
}

libcache::LoadOptions to_load_options(const libcache_load_options& options) {
  libcache::LoadOptions load{.stale_for = milliseconds(options.stale_for_ms),
                             .absent_ttl = milliseconds(options.absent_ttl_ms),
                             .error_ttl = milliseconds(options.error_ttl_ms)};
  if (options.ttl_ms != LIBCACHE_TTL_DEFAULT) load.ttl = milliseconds(options.ttl_ms);
  return load;
}

libcache::Loaded finished(libcache_loaded& loaded) {
  if (loaded.result.error() || loaded.result.absent()) return std::move(loaded.result);
  return {std::move(loaded.result.value()), loaded.ttl};
}

libcache_status answer(const LoadResult& result, libcache_value& value) {
  switch (result.status) {
    case LoadStatus::kHit:
    case LoadStatus::kStale:
    case LoadStatus::kLoaded:
      value = handed_out(result.value, result.status == LoadStatus::kStale);
      return LIBCACHE_OK;
    case LoadStatus::kAbsent:
      return LIBCACHE_NOT_FOUND;
    case LoadStatus::kFailed:
      value = handed_out(result.error->message, nullptr);
      return LIBCACHE_FAILED;
    case LoadStatus::kTimedOut:
      return LIBCACHE_TIMED_OUT;
    case LoadStatus::kRecursive:
      return LIBCACHE_RECURSIVE;
    case LoadStatus::kStopped:  // C has no stop token
      break;
  }
  return LIBCACHE_SYSTEM_ERROR;
}

/// Tells what a loader brings. If the memory for it cannot be had, the load has failed.
template <class Make>
libcache_status tell(libcache_loaded* loaded, const void* bytes, std::size_t size, Make make) {
  if (loaded == nullptr || !are_there(bytes, size)) return LIBCACHE_INVALID_ARGUMENT;
  return guarded([&] {
    loaded->result = libcache::LoadError{"out of memory"};  // short enough for no allocation
    loaded->result = make(std::string(view_of(bytes, size)));
    return LIBCACHE_OK;
  });
}

}  // namespace

libcache_status libcache_loaded_value(libcache_loaded* loaded, const void* value, size_t size) {
  return tell(loaded, value, size,
              [](std::string bytes) -> libcache::Loaded { return {std::move(bytes)}; });
}

libcache_status libcache_loaded_absent(libcache_loaded* loaded) {
  return tell(loaded, nullptr, 0,
              [](const std::string&) -> libcache::Loaded { return libcache::Absent{}; });
}

libcache_status libcache_loaded_error(libcache_loaded* loaded, const char* message, size_t size) {
  return tell(loaded, message, size, [](std::string bytes) -> libcache::Loaded {
    return libcache::LoadError{std::move(bytes)};
  });
}

libcache_status libcache_loaded_ttl(libcache_loaded* loaded, int64_t ttl_ms) {
  if (loaded == nullptr) return LIBCACHE_INVALID_ARGUMENT;
  if (ttl_ms == LIBCACHE_TTL_DEFAULT) {
    loaded->ttl.reset();
  } else {
    loaded->ttl = milliseconds(ttl_ms);
  }
  return LIBCACHE_OK;
}

void libcache_load_options_init(libcache_load_options* options, size_t struct_size) {
  if (options == nullptr || struct_size < sizeof options->struct_size) return;
  libcache::c::write_sized(kDefaults, options, struct_size);
}

libcache_status libcache_get_or_compute(libcache_cache* cache, const void* key, size_t key_size,
                                        libcache_loader loader, void* context,
                                        const libcache_load_options* options,
                                        libcache_value* value) {
  if (value == nullptr) return LIBCACHE_INVALID_ARGUMENT;
  *value = {};
  const auto chosen = checked(options);
  if (cache == nullptr || !are_there(key, key_size) || loader == nullptr || !chosen) {
    return LIBCACHE_INVALID_ARGUMENT;
  }
  return guarded([&] {
    const auto load = [&] {
      libcache_loaded loaded;
      loader(context, key, key_size, &loaded);
      return finished(loaded);
    };
    return answer(
        cache->loading.get_or_compute(view_of(key, key_size), load, to_load_options(*chosen),
                                      {.timeout = milliseconds(chosen->timeout_ms)}),
        *value);
  });
}
