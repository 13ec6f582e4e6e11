#include "sidecar_cache.h"

#include <algorithm>
#include <exception>
#include <utility>

#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <libcache/asio.h>

namespace prediction {
namespace {

namespace asio = boost::asio;
using sidecar::Command;

/// Between two looks of who waits for another's load.
constexpr std::chrono::milliseconds kFirstPause{5};
constexpr std::chrono::milliseconds kLongestPause{100};

std::string lease_of(const std::string& key) { return "lease:" + key; }

std::string text(std::chrono::milliseconds time) { return std::to_string(time.count()); }

}  // namespace

SidecarCache::SidecarCache(asio::io_context& io, sidecar::Endpoint endpoint,
                           const std::string& ca_file, std::size_t connections, Times times,
                           asio::thread_pool& workers)
    : server_(io, std::move(endpoint), ca_file, connections),
      times_(times),
      io_(io),
      workers_(workers) {}

asio::awaitable<Answer> SidecarCache::get_or_load(std::string key, Load load) {
  const auto deadline = Clock::now() + times_.lease;
  Look seen = co_await look(key);
  auto pause = kFirstPause;
  while (seen.is_up && !seen.value && Clock::now() < deadline) {
    seen = co_await look_and_ask(key);
    if (seen.ours_until) {
      co_return co_await load_and_share(std::move(key), std::move(load), *seen.ours_until);
    }
    if (!seen.is_up || seen.value) break;
    asio::steady_timer timer(io_, pause);
    co_await timer.async_wait(asio::use_awaitable);
    pause = std::min(pause * 2, kLongestPause);
  }
  if (seen.value) co_return Answer{*std::move(seen.value), Source::kHit};
  const Source source = seen.is_up ? Source::kMiss : Source::kBypass;
  std::string value = co_await load_here(std::move(key), std::move(load));
  co_return Answer{std::move(value), source};
}

asio::awaitable<SidecarCache::Look> SidecarCache::look(const std::string& key) {
  std::vector<Command> commands = {{"GET", key}};
  const auto replies = co_await server_.request(std::move(commands));
  if (!replies || replies->front().is_error()) co_return Look{};
  co_return Look{.is_up = true, .value = replies->front().value()};
}

/// The look comes after the question, on the same connection: who gave the lease up had stored the
/// value before.
asio::awaitable<SidecarCache::Look> SidecarCache::look_and_ask(const std::string& key) {
  const auto until = Clock::now() + times_.lease;
  std::vector<Command> commands = {{"SET", lease_of(key), "held", "NX", "PX", text(times_.lease)},
                                   {"GET", key}};
  const auto replies = co_await server_.request(std::move(commands));
  if (!replies || replies->at(0).is_error() || replies->at(1).is_error()) co_return Look{};
  Look seen{.is_up = true, .value = replies->at(1).value()};
  if (!replies->at(0).is_ok()) co_return seen;
  if (seen.value) {
    co_await release(key, until, std::nullopt);
  } else {
    seen.ours_until = until;
  }
  co_return seen;
}

asio::awaitable<Answer> SidecarCache::load_and_share(std::string key, Load load,
                                                     Clock::time_point until) {
  std::optional<std::string> value;
  std::exception_ptr failure;
  try {
    value = co_await load_here(key, std::move(load));
  } catch (...) {
    failure = std::current_exception();
  }
  co_await release(std::move(key), until, value);
  if (failure) std::rethrow_exception(failure);
  co_return Answer{*std::move(value), Source::kMiss};
}

/// Once for all who want it at the same time in this process. libcache does that; with a lifetime
/// of 0 it keeps nothing.
asio::awaitable<std::string> SidecarCache::load_here(std::string key, Load load) {
  const libcache::LoadOptions options{.ttl = std::chrono::milliseconds(0)};
  auto loader = [load = std::move(load)] { return libcache::Loaded(load()); };
  const libcache::LoadResult result = co_await libcache::async_get_or_compute(
      flights_, key, std::move(loader), workers_.get_executor(), options, asio::use_awaitable);
  if (!result) std::rethrow_exception(result.error->exception);
  co_return std::string(result.value.bytes());
}

/// Stores what was loaded, unless there is a value by now (a correction), and deletes the lease,
/// but only while it cannot be another's yet: a command is on its way for the timeout at most, then
/// the connection is closed. Later it is left to expire. So no comparison by the server is needed,
/// which would take a script. Should a delay in the network defeat this, a prediction is computed
/// twice.
asio::awaitable<void> SidecarCache::release(std::string key, Clock::time_point until,
                                            std::optional<std::string> value) {
  std::vector<Command> commands;
  if (value) commands.push_back({"SET", key, *std::move(value), "NX", "PX", text(times_.ttl)});
  if (Clock::now() + server_.endpoint().timeout < until) commands.push_back({"DEL", lease_of(key)});
  if (!commands.empty()) co_await server_.request(std::move(commands));
}

asio::awaitable<void> SidecarCache::put(std::string key, std::string value) {
  std::vector<Command> commands = {
      {"SET", std::move(key), std::move(value), "PX", text(times_.ttl)}};
  co_await server_.request(std::move(commands));
}

}  // namespace prediction
