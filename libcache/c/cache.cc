#include <algorithm>
#include <chrono>
#include <cstring>
#include <memory>
#include <string>
#include <utility>

#include "handles.h"
#include "sized_struct.h"

using libcache::Cache;
using libcache::Key;
using libcache::Policy;
using libcache::c::are_there;
using libcache::c::guarded;
using libcache::c::handed_out;
using libcache::c::view_of;

static_assert(LIBCACHE_NOEVICTION == static_cast<int>(Policy::kNoEviction));
static_assert(LIBCACHE_ALLKEYS_LRU == static_cast<int>(Policy::kAllKeysLru));
static_assert(LIBCACHE_ALLKEYS_LFU == static_cast<int>(Policy::kAllKeysLfu));
static_assert(LIBCACHE_ALLKEYS_RANDOM == static_cast<int>(Policy::kAllKeysRandom));
static_assert(LIBCACHE_VOLATILE_LRU == static_cast<int>(Policy::kVolatileLru));
static_assert(LIBCACHE_VOLATILE_LFU == static_cast<int>(Policy::kVolatileLfu));
static_assert(LIBCACHE_VOLATILE_RANDOM == static_cast<int>(Policy::kVolatileRandom));
static_assert(LIBCACHE_VOLATILE_TTL == static_cast<int>(Policy::kVolatileTtl));
static_assert(LIBCACHE_ALLKEYS_S3FIFO == static_cast<int>(Policy::kAllKeysS3Fifo));
static_assert(LIBCACHE_VOLATILE_S3FIFO == static_cast<int>(Policy::kVolatileS3Fifo));

namespace {

libcache_options default_options() {
  const libcache::Options options;
  const libcache::LoadingOptions loading;
  return {.struct_size = sizeof(libcache_options),
          .max_memory = options.max_memory,
          .default_ttl_ms = LIBCACHE_TTL_FOREVER,
          .policy = static_cast<std::int32_t>(options.policy),
          .shards = options.shards,
          .early_refresh = loading.early_refresh,
          .ttl_jitter = loading.ttl_jitter,
          .seed = loading.seed,
          .now_ms = nullptr,
          .clock_context = nullptr};
}

/// Throws std::invalid_argument.
std::unique_ptr<libcache_cache> made(const libcache_options* from) {
  const auto options = libcache::c::read_sized(from, default_options());
  if (!options) throw std::invalid_argument("struct_size is not that of a known libcache_options");
  if (options->policy < LIBCACHE_NOEVICTION || options->policy > LIBCACHE_VOLATILE_S3FIFO) {
    throw std::invalid_argument("policy must be a libcache_policy, not " +
                                std::to_string(options->policy));
  }
  libcache::Options engine{.max_memory = options->max_memory,
                           .policy = static_cast<Policy>(options->policy),
                           .shards = options->shards};
  if (options->default_ttl_ms != LIBCACHE_TTL_FOREVER) {
    engine.default_ttl = std::chrono::milliseconds(options->default_ttl_ms);
  }
  return std::make_unique<libcache_cache>(
      libcache::c::CallbackClock(options->now_ms, options->clock_context), engine,
      libcache::LoadingOptions{.early_refresh = options->early_refresh,
                               .ttl_jitter = options->ttl_jitter,
                               .seed = options->seed});
}

libcache_status status_of(libcache::Status status) {
  switch (status) {
    case libcache::Status::kOk:
      return LIBCACHE_OK;
    case libcache::Status::kOutOfMemory:
      return LIBCACHE_OUT_OF_MEMORY;
    case libcache::Status::kTooLarge:
      return LIBCACHE_TOO_LARGE;
    default:  // of operations that C does not have
      return LIBCACHE_SYSTEM_ERROR;
  }
}

libcache::SetOptions lifetime(std::int64_t ttl_ms) {
  if (ttl_ms == LIBCACHE_TTL_DEFAULT) return {};
  if (ttl_ms == LIBCACHE_TTL_FOREVER) return {.deadline_ms = libcache::kNoDeadline};
  return {.ttl = std::chrono::milliseconds(ttl_ms)};
}

}  // namespace

void libcache_options_init(libcache_options* options, size_t struct_size) {
  if (options == nullptr || struct_size < sizeof options->struct_size) return;
  libcache::c::write_sized(default_options(), options, struct_size);
}

libcache_status libcache_open(const libcache_options* options, libcache_cache** cache,
                              libcache_value* why) {
  if (why != nullptr) *why = {};
  if (cache == nullptr) return LIBCACHE_INVALID_ARGUMENT;
  *cache = nullptr;
  return guarded([&] {
    try {
      *cache = made(options).release();
      return LIBCACHE_OK;
    } catch (const std::invalid_argument& refused) {
      if (why != nullptr) *why = handed_out(refused.what(), nullptr);
      return LIBCACHE_INVALID_ARGUMENT;
    }
  });
}

void libcache_close(libcache_cache* cache) { delete cache; }

libcache_status libcache_get(libcache_cache* cache, const void* key, size_t key_size,
                             libcache_value* value) {
  if (value == nullptr) return LIBCACHE_INVALID_ARGUMENT;
  *value = {};
  if (cache == nullptr || !are_there(key, key_size)) return LIBCACHE_INVALID_ARGUMENT;
  return guarded([&] {
    const Key wanted = view_of(key, key_size);
    auto lock = cache->cache.lock(wanted);
    auto found = lock.view(wanted);
    if (!found) return LIBCACHE_NOT_FOUND;
    *value = handed_out(found->bytes, std::move(found->pin));
    return LIBCACHE_OK;
  });
}

libcache_status libcache_get_into(libcache_cache* cache, const void* key, size_t key_size,
                                  void* buffer, size_t capacity, size_t* size) {
  if (size == nullptr) return LIBCACHE_INVALID_ARGUMENT;
  *size = 0;
  if (cache == nullptr || !are_there(key, key_size) || !are_there(buffer, capacity)) {
    return LIBCACHE_INVALID_ARGUMENT;
  }
  return guarded([&] {
    const Key wanted = view_of(key, key_size);
    auto lock = cache->cache.lock(wanted);
    const auto found = lock.view(wanted);
    if (!found) return LIBCACHE_NOT_FOUND;
    *size = found->bytes.size();
    if (*size > capacity) return LIBCACHE_BUFFER_TOO_SMALL;
    std::copy(found->bytes.begin(), found->bytes.end(), static_cast<char*>(buffer));
    return LIBCACHE_OK;
  });
}

libcache_status libcache_set(libcache_cache* cache, const void* key, size_t key_size,
                             const void* value, size_t value_size, int64_t ttl_ms) {
  if (cache == nullptr || !are_there(key, key_size) || !are_there(value, value_size)) {
    return LIBCACHE_INVALID_ARGUMENT;
  }
  return guarded([&] {
    return status_of(
        cache->cache.set(view_of(key, key_size), view_of(value, value_size), lifetime(ttl_ms))
            .status);
  });
}

libcache_status libcache_delete(libcache_cache* cache, const void* key, size_t key_size) {
  if (cache == nullptr || !are_there(key, key_size)) return LIBCACHE_INVALID_ARGUMENT;
  return guarded([&] {
    return cache->cache.erase(view_of(key, key_size)) ? LIBCACHE_OK : LIBCACHE_NOT_FOUND;
  });
}

libcache_status libcache_ttl(libcache_cache* cache, const void* key, size_t key_size,
                             int64_t* ttl_ms) {
  if (ttl_ms == nullptr) return LIBCACHE_INVALID_ARGUMENT;
  *ttl_ms = 0;
  if (cache == nullptr || !are_there(key, key_size)) return LIBCACHE_INVALID_ARGUMENT;
  return guarded([&] {
    const auto deadline = cache->cache.deadline(view_of(key, key_size));
    if (!deadline) return LIBCACHE_NOT_FOUND;
    *ttl_ms = *deadline == libcache::kNoDeadline
                  ? LIBCACHE_TTL_FOREVER
                  : std::max<std::int64_t>(*deadline - cache->clock.now_ms(), 0);
    return LIBCACHE_OK;
  });
}

libcache_status libcache_get_stats(libcache_cache* cache, libcache_stats* stats,
                                   size_t struct_size) {
  if (cache == nullptr || stats == nullptr || struct_size < sizeof stats->struct_size) {
    return LIBCACHE_INVALID_ARGUMENT;
  }
  return guarded([&] {
    const libcache::Stats all = cache->cache.stats();
    const libcache::ShardStats& total = all.total;
    libcache::c::write_sized(libcache_stats{.struct_size = struct_size,
                                            .hits = total.hits,
                                            .misses = total.misses,
                                            .sets = total.sets,
                                            .deletes = total.erases,
                                            .evictions = total.evictions,
                                            .expiries = total.expiries,
                                            .loads = total.loads,
                                            .load_failures = total.load_failures,
                                            .load_ns = total.load_ns,
                                            .entries = total.entries,
                                            .key_bytes = total.key_bytes,
                                            .value_bytes = total.value_bytes,
                                            .memory = total.memory(),
                                            .peak_memory = all.peak_memory,
                                            .max_memory = all.max_memory},
                             stats, struct_size);
    return LIBCACHE_OK;
  });
}
