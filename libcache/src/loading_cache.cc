#include <algorithm>
#include <chrono>
#include <utility>

#include <libcache/loading_cache.h>

#include "lead.h"
#include "loading.h"

namespace libcache {
namespace {

/// Nothing: it has no end. A timeout beyond what the clock can count (292 years) is as none.
std::optional<Flight::Time> end_of(const WaitOptions& wait) {
  using std::chrono::milliseconds;
  if (!wait.timeout) return std::nullopt;
  const auto now = std::chrono::steady_clock::now();
  if (*wait.timeout >= std::chrono::floor<milliseconds>(Flight::Time::max() - now)) {
    return std::nullopt;
  }
  return now + std::max(*wait.timeout, milliseconds(0));
}

/// A task that leads the flights. A function can be copied, a lead cannot.
template <class Load>
void run_on(const Executor& executor, std::vector<Lead> leads, Load load) {
  executor([leads = std::make_shared<std::vector<Lead>>(std::move(leads)), load = std::move(load)] {
    load(*leads);
  });
}

/// What a refresh comes to for the call that runs it: a value that is stale is better than an
/// error.
LoadResult better_of(LoadResult stale, LoadResult fresh) {
  return fresh.status == LoadStatus::kFailed ? std::move(stale) : std::move(fresh);
}

/// What a call with a flight comes to.
LoadResult load(const std::shared_ptr<Loading>& loading, Loading::Start begun,
                LoadingCache::Loader loader, const LoadOptions& options, const WaitOptions& wait) {
  if (!begun.leads) {
    return loading->engine().flight_waits().wait(*begun.flight, end_of(wait), wait.stop);
  }
  std::vector<Lead> lead;
  lead.emplace_back(loading, std::move(begun.flight), options);
  if (!begun.result) return lead.front().run(loader);
  auto kept = loading->refresh_on() ? loader.copy() : nullptr;
  if (kept == nullptr) return better_of(std::move(begun.result), lead.front().run(loader));
  run_on(loading->refresh_on(), std::move(lead), [kept = std::move(kept)](std::span<Lead> leads) {
    static_cast<void>(leads.front().run(kept));
  });
  return std::move(begun.result);
}

}  // namespace

LoadingCache::LoadingCache(Cache& cache, LoadingOptions options)
    : loading_(std::make_shared<Loading>(*cache.engine_, std::move(options))) {}

LoadResult LoadingCache::get_or_compute(Key key, Loader loader, const LoadOptions& options,
                                        const WaitOptions& wait) {
  Loading::Start begun = loading_->start(key, options);
  if (begun.flight == nullptr) return std::move(begun.result);
  return load(loading_, std::move(begun), loader, options, wait);
}

LoadResult LoadingCache::read_or_compute(Key key, Reader read, Loader loader,
                                         const LoadOptions& options, const WaitOptions& wait) {
  Loading::Start begun = loading_->start(key, options, &read);
  if (begun.flight == nullptr) return std::move(begun.result);
  return load(loading_, std::move(begun), loader, options, wait);
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
  std::vector<std::size_t> led;  // their indices
  std::vector<Lead> refreshes;   // that run behind
  auto kept = loading_->refresh_on() ? loader.copy() : nullptr;
  for (std::size_t i = 0; i < keys.size(); ++i) {
    Loading::Start begun = loading_->start(keys[i], options);
    if (begun.flight != nullptr && !begun.leads) {
      joined.push_back({i, std::move(begun.flight)});
    } else if (begun.is_refresh() && kept != nullptr) {
      refreshes.emplace_back(loading_, std::move(begun.flight), options);
    } else if (begun.leads) {
      leads.emplace_back(loading_, std::move(begun.flight), options);
      led.push_back(i);
    }
    results[i] = std::move(begun.result);
  }
  if (!refreshes.empty()) {
    run_on(loading_->refresh_on(), std::move(refreshes),
           [kept = std::move(kept)](std::span<Lead> behind) { Lead::run_all(behind, kept); });
  }
  if (!leads.empty()) {
    std::vector<LoadResult> loaded = Lead::run_all(leads, loader);
    for (std::size_t i = 0; i < led.size(); ++i) {
      LoadResult& result = results[led[i]];
      result = result ? better_of(std::move(result), std::move(loaded[i])) : std::move(loaded[i]);
    }
  }
  // Only now, with the own flights landed, also those of keys that are there twice.
  const auto until = end_of(wait);
  for (const auto& [index, flight] : joined) {
    results[index] = loading_->engine().flight_waits().wait(*flight, until, wait.stop);
  }
  return results;
}

void LoadingCache::get_or_compute_async(Key key, std::function<Loaded()> loader,
                                        const Executor& executor,
                                        std::function<void(LoadResult)> done,
                                        const LoadOptions& options, const Executor& done_on) {
  const Executor& deliver_on = done_on ? done_on : executor;
  const auto deliver = [deliver_on, done = std::move(done)](const LoadResult& result) {
    deliver_on([done, result] { done(result); });
  };
  const Loading::Start begun = loading_->start(key, options);
  std::vector<Lead> lead;
  if (begun.leads) lead.emplace_back(loading_, begun.flight, options);
  if (begun.flight == nullptr || begun.result) {
    deliver(begun.result);
  } else {
    begun.flight->when_landed(deliver);
  }
  if (lead.empty()) return;
  run_on(executor, std::move(lead), [loader = std::move(loader)](std::span<Lead> leads) {
    static_cast<void>(leads.front().run(loader));
  });
}

}  // namespace libcache
