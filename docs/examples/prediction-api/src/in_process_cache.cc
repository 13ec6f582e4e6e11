#include "in_process_cache.h"

#include <exception>
#include <utility>

#include <boost/asio/use_awaitable.hpp>
#include <libcache/asio.h>

namespace prediction {

namespace asio = boost::asio;

InProcessCache::InProcessCache(std::size_t max_memory, std::chrono::milliseconds ttl,
                               asio::thread_pool& workers)
    : cache_({.max_memory = max_memory}), loading_(cache_), ttl_(ttl), workers_(workers) {}

asio::awaitable<Answer> InProcessCache::get_or_load(std::string key, Load load) {
  const libcache::LoadOptions options{.ttl = ttl_};
  auto loader = [load = std::move(load)] { return libcache::Loaded(load()); };
  const libcache::LoadResult result = co_await libcache::async_get_or_compute(
      loading_, key, std::move(loader), workers_.get_executor(), options, asio::use_awaitable);
  if (!result) std::rethrow_exception(result.error->exception);
  const bool is_hit = result.status == libcache::LoadStatus::kHit;
  co_return Answer{std::string(result.value.bytes()), is_hit ? Source::kHit : Source::kMiss};
}

asio::awaitable<void> InProcessCache::put(std::string key, std::string value) {
  cache_.set(key, value, {.ttl = ttl_});
  co_return;
}

}  // namespace prediction
