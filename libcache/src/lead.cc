#include "lead.h"

#include <string>

namespace libcache {
namespace {

/// What the loader returned; what it threw, as an error.
Loaded result_of(FunctionRef<Loaded()> loader) {
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

/// Without an allocation, as it may be for want of memory that the loader was not run.
std::shared_ptr<const LoadError> dropped() {
  static const LoadError error{"the load was dropped before its loader was through"};
  return {std::shared_ptr<void>(), &error};
}

}  // namespace

Lead::~Lead() {
  if (flight_) finish({LoadStatus::kFailed, {}, dropped()}, {}, {});
}

LoadResult Lead::run(FunctionRef<Loaded()> loader) {
  set_out();
  return land(result_of(loader));
}

std::vector<LoadResult> Lead::run_all(std::span<Lead> leads, LoadingCache::BatchLoader loader) {
  std::vector<Key> keys;
  for (Lead& lead : leads) {
    lead.set_out();
    keys.push_back(lead.key());
  }
  std::vector<Loaded> loaded = results_of(loader, keys);
  std::vector<LoadResult> results;
  for (std::size_t i = 0; i < leads.size(); ++i) {
    results.push_back(leads[i].land(std::move(loaded[i])));
  }
  return results;
}

/// The loader runs on this thread from now on.
void Lead::set_out() {
  flight_->set_runner();
  began_ = Clock::now();
}

LoadResult Lead::land(Loaded loaded) {
  const auto took = Clock::now() - began_;
  loading_->engine().load_times().record(took);
  LoadResult result;
  if (loaded.error()) {
    result = {LoadStatus::kFailed, {}, std::make_shared<const LoadError>(*loaded.error())};
  } else if (loaded.absent()) {
    result = {LoadStatus::kAbsent};
  } else {
    const auto bytes = std::make_shared<const std::string>(std::move(loaded.value()));
    result = {LoadStatus::kLoaded, Value(*bytes, bytes)};
  }
  finish(result, loaded.ttl() ? loaded.ttl() : options_.ttl, took);
  return result;
}

/// Keeps what was loaded, if the flight still may, and gives everybody the result.
void Lead::finish(const LoadResult& result, const std::optional<std::chrono::milliseconds>& ttl,
                  std::chrono::nanoseconds took) {
  const bool failed = result.status == LoadStatus::kFailed;
  if (!failed) loading_->note_load(took);
  const KeyHash hash = loading_->engine().hash(key());
  Shard& shard = loading_->engine().shard_of(hash);
  {
    const MutexLock lock(shard.mutex());
    shard.count_load(key(), failed, took);
    if (shard.flights().end(*flight_, hash)) {
      loading_->store(shard, *flight_, hash, result, ttl, options_);
    }
  }
  std::exchange(flight_, nullptr)->land(result);
}

}  // namespace libcache
