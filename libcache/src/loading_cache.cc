#include <functional>
#include <memory>
#include <optional>
#include <utility>

#include <libcache/loading_cache.h>

#include "lead.h"
#include "loading.h"

namespace libcache {
namespace {

/// An executor that throws has dropped the task.
template <class Task>
void give(const Executor& executor, Task task) {
  try {
    executor(std::move(task));
  } catch (...) {  // NOLINT(bugprone-empty-catch)
  }
}

/// A task that leads the flights. A function can be copied, a lead cannot.
template <class Load>
void run_on(const Executor& executor, std::vector<Lead> leads, Load load) {
  give(executor, [leads = std::make_shared<std::vector<Lead>>(std::move(leads)),
                  load = std::move(load)] { load(*leads); });
}

template <class Load>
void run_on(const Executor& executor, Lead lead, Load load) {
  std::vector<Lead> leads;
  leads.push_back(std::move(lead));
  run_on(executor, std::move(leads), [load = std::move(load)](std::span<Lead> one) {
    static_cast<void>(one.front().run(load));
  });
}

/// What a refresh comes to for the call that runs it: a value that is stale is better than an
/// error.
LoadResult better_of(LoadResult stale, LoadResult fresh) {
  return fresh.status == LoadStatus::kFailed ? std::move(stale) : std::move(fresh);
}

/// What a call with a flight comes to. `meanwhile` is what is there if it is a refresh.
LoadResult load(const std::shared_ptr<Loading>& loading, Loading::Start begun, LoadResult meanwhile,
                LoadingCache::Loader loader, const LoadOptions& options, const WaitOptions& wait) {
  if (!begun.leads) {
    return loading->engine().flight_waits().wait(*begun.flight, end_of(wait, Flight::Clock::now()),
                                                 wait.stop);
  }
  Lead lead(loading, std::move(begun.flight), options);
  if (!meanwhile) return lead.run(loader);
  auto kept = loading->refresh_on() ? loader.copy() : nullptr;
  if (kept == nullptr) return better_of(std::move(meanwhile), lead.run(loader));
  run_on(loading->refresh_on(), std::move(lead), std::move(kept));
  return meanwhile;
}

}  // namespace

LoadingCache::LoadingCache(Cache& cache, LoadingOptions options)
    : loading_(std::make_shared<Loading>(*cache.engine_, std::move(options))) {}

LoadResult LoadingCache::get_or_compute(Key key, Loader loader, const LoadOptions& options,
                                        const WaitOptions& wait) {
  LoadResult result;
  Loading::Start begun = loading_->start(key, options, result);
  if (begun.flight != nullptr) {
    result = load(loading_, std::move(begun), std::move(result), loader, options, wait);
  }
  return result;
}

LoadResult LoadingCache::read_or_compute(Key key, Reader read, Loader loader,
                                         const LoadOptions& options, const WaitOptions& wait) {
  LoadResult result;
  Loading::Start begun = loading_->start(key, options, result, &read);
  if (begun.flight != nullptr) {
    result = load(loading_, std::move(begun), std::move(result), loader, options, wait);
  }
  return result;
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
  std::vector<std::size_t> led;                                   // their indices
  std::vector<Lead> refreshes;                                    // that run behind
  std::function<std::vector<Loaded>(std::span<const Key>)> kept;  // for them
  for (std::size_t i = 0; i < keys.size(); ++i) {
    Loading::Start begun = loading_->start(keys[i], options, results[i]);
    if (begun.leads) {
      Lead lead(loading_, std::move(begun.flight), options);
      const bool runs_behind = results[i] && loading_->refresh_on();
      if (runs_behind && kept == nullptr) kept = loader.copy();
      if (runs_behind && kept != nullptr) {
        refreshes.push_back(std::move(lead));
      } else {
        leads.push_back(std::move(lead));
        led.push_back(i);
      }
    } else if (begun.flight != nullptr) {
      joined.push_back({i, std::move(begun.flight)});
    }
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
  const auto until = end_of(wait, Flight::Clock::now());
  for (const auto& [index, flight] : joined) {
    results[index] = loading_->engine().flight_waits().wait(*flight, until, wait.stop);
  }
  return results;
}

void LoadingCache::get_or_compute_async(Key key, std::function<Loaded()> loader,
                                        const Executor& executor,
                                        std::function<void(LoadResult)> done,
                                        const LoadOptions& options, const Executor& done_on) {
  // Shared, as copying a function may throw.
  const auto deliver =
      [deliver_on = done_on ? done_on : executor,
       done = std::make_shared<const std::function<void(LoadResult)>>(std::move(done))](
          const LoadResult& result) { give(deliver_on, [done, result] { (*done)(result); }); };
  LoadResult result;
  const Loading::Start begun = loading_->start(key, options, result);
  std::optional<Lead> lead;
  if (begun.leads) lead.emplace(loading_, begun.flight, options);
  if (begun.flight == nullptr || result) {
    deliver(result);
  } else {
    begun.flight->when_landed(deliver);
  }
  if (lead) run_on(executor, *std::move(lead), std::move(loader));
}

}  // namespace libcache
