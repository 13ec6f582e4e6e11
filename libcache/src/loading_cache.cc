#include <chrono>
#include <string_view>
#include <utility>

#include <libcache/loading_cache.h>

#include "engine.h"
#include "flight.h"
#include "shard_read.h"

namespace libcache {
namespace {

using SteadyClock = std::chrono::steady_clock;
using Ttl = std::optional<std::chrono::milliseconds>;

/// What asking for a key begins with: a hit, or else a flight, led by this call or by another.
struct Start {
  LoadResult hit = {};
  std::shared_ptr<Flight> flight = nullptr;  // it was a hit
  bool leads = false;
};

Start start(Engine& engine, Key key) {
  const KeyHash hash = engine.hash(key);
  Shard& shard = engine.shard_of(hash);
  const MutexLock lock(shard.mutex());
  if (auto view = shard.view(key, hash, {})) {
    return {.hit = {LoadStatus::kHit, to_value(*std::move(view))}};
  }
  if (auto flight = shard.flights().find(key, hash)) return {.flight = std::move(flight)};
  return {.flight = shard.flights().begin(key, hash), .leads = true};
}

std::optional<Flight::Time> end_of(const WaitOptions& wait) {
  if (!wait.timeout) return std::nullopt;
  return SteadyClock::now() + *wait.timeout;
}

/// What the loader returned; what it threw, as an error.
template <class Function>
Loaded result_of(const Function& loader) {
  try {
    return loader();
  } catch (const std::exception& thrown) {
    return LoadError{thrown.what(), std::current_exception()};
  } catch (...) {
    return LoadError{"the loader threw something else than a std::exception",
                     std::current_exception()};
  }
}

/// As many results as keys, in any case.
std::vector<Loaded> results_of(LoadingCache::BatchLoader loader, std::span<const Key> missed) {
  std::vector<Loaded> all;
  const Loaded outcome = result_of([&]() -> Loaded {
    all = loader(missed);
    if (all.size() == missed.size()) return "";
    return LoadError{"the loader returned " + std::to_string(all.size()) + " results for " +
                     std::to_string(missed.size()) + " keys"};
  });
  if (outcome.error()) all.assign(missed.size(), outcome);
  return all;
}

/// The duty to land a flight: if nothing else does, its end does, with an error.
class Lead {
 public:
  Lead(Engine& engine, std::shared_ptr<Flight> flight, const LoadOptions& options)
      : engine_(&engine), flight_(std::move(flight)), options_(options) {}
  Lead(Lead&&) noexcept = default;
  Lead& operator=(Lead&&) = delete;
  ~Lead() {
    if (flight_) finish({LoadStatus::kFailed, {}, dropped()}, {});
  }

  /// The loader runs on this thread from now on.
  void set_out() {
    flight_->set_runner();
    began_ = SteadyClock::now();
  }
  LoadResult land(Loaded loaded);

 private:
  [[nodiscard]] static std::shared_ptr<const LoadError> dropped();
  void finish(const LoadResult& result, const Ttl& ttl);

  Engine* engine_;
  std::shared_ptr<Flight> flight_;  // null: it has landed
  LoadOptions options_;
  SteadyClock::time_point began_ = SteadyClock::now();
};

LoadResult Lead::land(Loaded loaded) {
  LoadResult result;
  if (loaded.error()) {
    result = {LoadStatus::kFailed, {}, std::make_shared<const LoadError>(*loaded.error())};
  } else {
    const auto bytes = std::make_shared<const std::string>(std::move(loaded.value()));
    result = {LoadStatus::kLoaded, Value(*bytes, bytes)};
  }
  finish(result, loaded.ttl() ? loaded.ttl() : options_.ttl);
  return result;
}

/// Stores a value, if the flight still may, and gives everybody the result.
void Lead::finish(const LoadResult& result, const Ttl& ttl) {
  const Key key = flight_->key();
  const KeyHash hash = engine_->hash(key);
  Shard& shard = engine_->shard_of(hash);
  {
    const MutexLock lock(shard.mutex());
    shard.count_load(!result, SteadyClock::now() - began_);
    const bool may_store = shard.flights().end(*flight_, hash);
    const bool lives = !ttl || ttl->count() > 0;
    if (result && may_store && lives) shard.set(key, hash, result.value.bytes(), {.ttl = ttl});
  }
  std::exchange(flight_, nullptr)->land(result);
}

/// Without an allocation, as it may be for want of memory that the loader was not run.
std::shared_ptr<const LoadError> Lead::dropped() {
  static const LoadError error{"the load was dropped before its loader was through"};
  return {std::shared_ptr<void>(), &error};
}

}  // namespace

LoadResult LoadingCache::get_or_compute(Key key, Loader loader, const LoadOptions& options,
                                        const WaitOptions& wait) {
  auto [hit, flight, leads] = start(*engine_, key);
  if (flight == nullptr) return std::move(hit);
  if (!leads) return engine_->flight_waits().wait(*flight, end_of(wait), wait.stop);
  Lead lead(*engine_, std::move(flight), options);
  lead.set_out();
  return lead.land(result_of(loader));
}

std::vector<LoadResult> LoadingCache::get_or_compute_many(std::span<const Key> keys,
                                                          BatchLoader loader,
                                                          const LoadOptions& options,
                                                          const WaitOptions& wait) {
  struct Joined {
    std::size_t index;
    std::shared_ptr<Flight> flight;
  };
  std::vector<LoadResult> results(keys.size());
  std::vector<Joined> joined;
  std::vector<Lead> leads;
  std::vector<Key> missed;
  std::vector<std::size_t> indices;  // of those
  for (std::size_t i = 0; i < keys.size(); ++i) {
    auto [hit, flight, leading] = start(*engine_, keys[i]);
    if (flight == nullptr) {
      results[i] = std::move(hit);
    } else if (!leading) {
      joined.push_back({i, std::move(flight)});
    } else {
      leads.emplace_back(*engine_, std::move(flight), options).set_out();
      missed.push_back(keys[i]);
      indices.push_back(i);
    }
  }
  if (!missed.empty()) {
    std::vector<Loaded> loaded = results_of(loader, missed);
    for (std::size_t i = 0; i < missed.size(); ++i) {
      results[indices[i]] = leads[i].land(std::move(loaded[i]));
    }
  }
  // Only now, with the own flights landed, also those of keys that are there twice.
  const auto until = end_of(wait);
  for (const auto& [index, flight] : joined) {
    results[index] = engine_->flight_waits().wait(*flight, until, wait.stop);
  }
  return results;
}

void LoadingCache::get_or_compute_async(Key key, std::function<Loaded()> loader,
                                        const Executor& executor,
                                        std::function<void(LoadResult)> done,
                                        const LoadOptions& options) {
  const auto deliver = [executor, done = std::move(done)](const LoadResult& result) {
    executor([done, result] { done(result); });
  };
  auto [hit, flight, leads] = start(*engine_, key);
  if (flight == nullptr) return deliver(hit);
  const auto lead = leads ? std::make_shared<Lead>(*engine_, flight, options) : nullptr;
  flight->when_landed(deliver);
  if (lead == nullptr) return;
  executor([lead, loader = std::move(loader)] {
    lead->set_out();
    static_cast<void>(lead->land(result_of(loader)));
  });
}

}  // namespace libcache
