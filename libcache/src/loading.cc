#include "loading.h"

#include <algorithm>
#include <cmath>
#include <stdexcept>
#include <string>
#include <utility>

#include "random.h"
#include "shard_read.h"

namespace libcache {
namespace {

// A lifetime that can be added to another one; a hundred thousand years.
constexpr std::chrono::milliseconds kLongest{std::int64_t{1} << 52};

/// A number from 0 to below 1, of 53 random bits.
double to_unit(std::uint64_t random) { return static_cast<double>(random >> 11) * 0x1.0p-53; }

LoadingOptions checked(LoadingOptions options) {
  if (!(options.early_refresh >= 0 && std::isfinite(options.early_refresh))) {
    throw std::invalid_argument("early_refresh must be at least 0, not " +
                                std::to_string(options.early_refresh));
  }
  if (!(options.ttl_jitter >= 0 && options.ttl_jitter < 1)) {
    throw std::invalid_argument("ttl_jitter must be from 0 to below 1, not " +
                                std::to_string(options.ttl_jitter));
  }
  return options;
}

/// What a negative entry says.
LoadResult negative_result(std::string error) {
  if (error.empty()) return {LoadStatus::kAbsent};
  return {LoadStatus::kFailed, {}, std::make_shared<const LoadError>(LoadError{std::move(error)})};
}

}  // namespace

Loading::Loading(Engine& engine, LoadingOptions options)
    : engine_(engine), options_(checked(std::move(options))), random_state_(options_.seed) {}

Loading::Start Loading::start(Key key, const LoadOptions& options, LoadResult& result,
                              const LoadingCache::Reader* read) {
  const KeyHash hash = engine_.hash(key);
  Shard& shard = engine_.shard_of(hash);
  const MutexLock lock(shard.mutex());
  FlightTable& flights = shard.flights();
  const auto begin = [&] {
    return flights.begin(key, hash, {options.tags, engine_.tag_epochs().now()});
  };
  if (auto view = shard.view(key, hash, {})) {
    result.status = LoadStatus::kHit;
    if (read == nullptr) {
      result.value.assign(view->bytes, std::move(view->pin));
    } else {
      (*read)(*view);
    }
    if (options.stale_for.count() == 0 && options_.early_refresh == 0) return {};
    const Freshness freshness = freshness_of(shard, key, hash, options);
    if (freshness == Freshness::kFresh) return {};
    if (freshness == Freshness::kStale) result.status = LoadStatus::kStale;
    if (flight_of(flights, key, hash) != nullptr) return {};
    return {.flight = begin(), .leads = true};
  }
  if (auto error = shard.negative(key, hash)) {
    result = negative_result(*std::move(error));
    return {};
  }
  if (auto flight = flight_of(flights, key, hash)) return {.flight = std::move(flight)};
  return {.flight = begin(), .leads = true};
}

/// The flight that a call may wait for, or null: one of whose tags were invalidated since it began
/// brings what the call must not see.
std::shared_ptr<Flight> Loading::flight_of(FlightTable& flights, Key key, KeyHash hash) {
  auto flight = flights.find(key, hash);
  if (flight == nullptr || !engine_.tag_epochs().have_ended(flight->tagging())) return flight;
  flights.forget(key, hash);
  return nullptr;
}

Loading::Freshness Loading::freshness_of(Shard& shard, Key key, KeyHash hash,
                                         const LoadOptions& options) {
  const auto info = shard.info(key, hash, {.touch = false, .count = false});
  if (!info || info->deadline_ms == kNoDeadline) return Freshness::kFresh;
  const std::int64_t left =
      info->deadline_ms - std::min(options.stale_for, kLongest).count() - engine_.clock().now_ms();
  if (left <= 0) return Freshness::kStale;
  return is_due_early(left) ? Freshness::kDue : Freshness::kFresh;
}

bool Loading::is_due_early(std::int64_t left_ms) {
  const std::int64_t mean_ns = mean_load_ns_.load(std::memory_order_relaxed);
  if (options_.early_refresh == 0 || mean_ns == 0) return false;
  std::uint64_t state = random_state_.fetch_add(1, std::memory_order_relaxed);
  const double unit = 1 - to_unit(next_random(state));  // never 0
  const double ahead_ns = -static_cast<double>(mean_ns) * options_.early_refresh * std::log(unit);
  return ahead_ns >= static_cast<double>(left_ms) * 1e6;
}

Loading::Milliseconds Loading::with_jitter(Key key, Milliseconds ttl) const {
  ttl = std::min(ttl, kLongest);
  if (options_.ttl_jitter == 0) return ttl;
  const double share = options_.ttl_jitter * to_unit(hash_key(key.bytes(), options_.seed).bits);
  const auto cut = static_cast<std::int64_t>(static_cast<double>(ttl.count()) * share);
  return ttl - Milliseconds(cut);
}

void Loading::store(Shard& shard, const Flight& flight, KeyHash hash, const LoadResult& loaded,
                    std::optional<Milliseconds> ttl, const LoadOptions& options) {
  const Key key = flight.key();
  const Tagging& tagging = flight.tagging();
  if (engine_.tag_epochs().have_ended(tagging)) return;
  if (loaded.status == LoadStatus::kLoaded) {
    if (!ttl) ttl = engine_.default_ttl();
    if (ttl && ttl->count() <= 0) return;
    if (ttl) ttl = with_jitter(key, *ttl) + std::min(options.stale_for, kLongest);
    const SetOptions set{.ttl = ttl, .tags = tagging.tags};
    static_cast<void>(shard.set(key, hash, loaded.value.bytes(), set, tagging.born).status);
    return;
  }
  const bool is_absent = loaded.status == LoadStatus::kAbsent;
  if (is_absent) shard.erase(key, hash);
  const Milliseconds remembered = is_absent ? options.absent_ttl : options.error_ttl;
  if (remembered.count() <= 0) return;
  if (shard.view(key, hash, {.touch = false, .count = false})) return;  // better than an error
  std::string_view error;
  if (!is_absent) error = loaded.error->message;
  if (!is_absent && error.empty()) error = "the loader failed";
  static_cast<void>(shard.set_negative(key, hash, error, with_jitter(key, remembered), tagging));
}

void Loading::note_load(std::chrono::nanoseconds took) {
  constexpr std::int64_t kWeight = 8;
  const std::int64_t now = std::max<std::int64_t>(took.count(), 1);
  const std::int64_t before = mean_load_ns_.load(std::memory_order_relaxed);
  // Of two at the same time one may be lost.
  mean_load_ns_.store(before == 0 ? now : before + (now - before) / kWeight,
                      std::memory_order_relaxed);
}

}  // namespace libcache
