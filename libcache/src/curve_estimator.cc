#include "curve_estimator.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

namespace libcache {
namespace {

constexpr double kHalfLifeMs = 3'600'000;

std::size_t keys_for(std::size_t limit) {
  constexpr std::size_t kMost = 8192;
  constexpr std::size_t kFewest = 512;
  constexpr std::size_t kShare = 64;
  constexpr std::size_t kBytesAKey = 110;
  return std::clamp(limit / kShare / kBytesAKey, kFewest, kMost);
}

/// Of a counter that may have begun at 0 again.
std::uint64_t growth(std::uint64_t before, std::uint64_t now) {
  return now < before ? now : now - before;
}

}  // namespace

CurveEstimator::CurveEstimator(Budget& budget, const Clock& clock, std::uint64_t seed)
    : budget_(budget),
      clock_(clock),
      seed_(seed),
      rate_(clock.now_ms()),
      limit_(budget.limit()),
      last_tick_ms_(clock.now_ms()) {
  const MutexLock lock(mutex_);
  simulate_for(limit_);
  spread();
}

CurveEstimator::~CurveEstimator() {
  const MutexLock lock(mutex_);
  budget_.release(fixed_bytes());
}

/// Begins simulations of as many keys as that limit allows, unless there are such.
void CurveEstimator::simulate_for(std::size_t limit) {
  const std::size_t keys = limit == 0 ? 0 : keys_for(limit);
  if (keys == (simulations_ == nullptr ? 0 : simulations_->most())) return;
  std::unique_ptr<Simulations> others;
  if (keys != 0) others = std::make_unique<Simulations>(budget_, keys, clock_, seed_);
  const std::size_t before = fixed_bytes();
  simulations_ = std::move(others);
  budget_.release(before);
  budget_.charge(fixed_bytes());
}

std::size_t CurveEstimator::fixed_bytes() const {
  return simulations_ == nullptr ? 0 : simulations_->bytes();
}

// ---------------------------------------------------------------------------------------------
// The sample

/// Counts an event of a sampled key, and does what is due with each.
bool CurveEstimator::takes_part(KeyHash hash) {
  if (limit_ == 0 || !rate_.takes(hash)) return false;
  const std::int64_t now_ms = clock_.now_ms();
  simulations_->expire_some(now_ms);
  if (rate_.event(now_ms)) lower_rate(SamplingRate::kHalf);
  return rate_.takes(hash);
}

void CurveEstimator::read(KeyHash hash, int database, const std::optional<Entry>& found) {
  const MutexLock lock(mutex_);
  if (!takes_part(hash)) return;
  if (!found) sampled_misses_ += 1 / rate_.share();
  const SampleId key = simulations_->find(hash, database, clock_.now_ms());
  if (key != kNoSample) {
    count(simulations_->read(key, found.has_value()), found.has_value());
  } else if (found) {
    store(hash, database, *found);
  }
}

void CurveEstimator::stored(KeyHash hash, int database, const Entry& entry) {
  const MutexLock lock(mutex_);
  if (takes_part(hash)) store(hash, database, entry);
}

void CurveEstimator::store(KeyHash hash, int database, const Entry& entry) {
  while (simulations_->full()) lower_rate(SamplingRate::kStep);
  if (!rate_.takes(hash)) return;
  const std::size_t bytes =
      std::min<std::size_t>(entry.bytes + overhead_, std::numeric_limits<SampleWeight>::max());
  simulations_->store(hash, database, static_cast<SampleWeight>(bytes), entry.deadline_ms,
                      clock_.now_ms());
}

void CurveEstimator::erased(KeyHash hash, int database) {
  const MutexLock lock(mutex_);
  if (!takes_part(hash)) return;
  const SampleId key = simulations_->find(hash, database, clock_.now_ms());
  if (key != kNoSample) simulations_->erase(key);
}

void CurveEstimator::clear(int database) {
  const MutexLock lock(mutex_);
  if (simulations_ != nullptr) simulations_->clear(database);
}

void CurveEstimator::swap_databases(int a, int b) {
  const MutexLock lock(mutex_);
  if (simulations_ != nullptr) simulations_->swap_databases(a, b);
}

void CurveEstimator::count(const Simulations::Hits& hits, bool in_cache) {
  const double each = 1 / rate_.share();
  for (std::size_t policy = 0; policy != hits.size(); ++policy) {
    for (std::size_t size = 0; size != hits[policy].size(); ++size) {
      const int difference = int{hits[policy][size]} - int{in_cache};
      differences_[policy][size] += difference * each;
    }
  }
}

/// By how much what the sample shows is too low. Where it has seen few misses, that is not known.
double CurveEstimator::correction(double misses) const {
  const double few = 64 / rate_.share();
  return (misses + few) / (sampled_misses_ + few);
}

void CurveEstimator::lower_rate(SamplingRate::Part part) {
  rate_.fall(part);
  simulations_->keep_only(rate_, part);
  spread();
}

/// The rate or the limit is another one.
void CurveEstimator::spread() {
  const auto limit = static_cast<double>(limit_);
  const auto empty = static_cast<double>(empty_memory_);
  const double share = rate_.share();
  std::array<double, MissRatioCurve::kSizes.size()> capacity{};
  std::ranges::transform(MissRatioCurve::kSizes, capacity.begin(),
                         [=](double size) { return (size * limit - empty) * share; });
  if (simulations_ != nullptr) simulations_->set_capacity(capacity);
  threshold_.store(limit_ == 0 ? 0 : rate_.threshold(), std::memory_order_relaxed);
}

// ---------------------------------------------------------------------------------------------
// The whole

void CurveEstimator::set_empty_memory(std::size_t bytes) {
  const MutexLock lock(mutex_);
  empty_memory_ = bytes;
  spread();
}

void CurveEstimator::set_limit(std::size_t limit) {
  const MutexLock lock(mutex_);
  if (limit == limit_) return;
  const std::size_t before = fixed_bytes();
  simulate_for(limit);
  const std::size_t empty = empty_memory_ + fixed_bytes();
  empty_memory_ = empty - std::min(empty, before);
  limit_ = limit;
  forget();
  spread();
}

void CurveEstimator::tick(const Totals& totals) {
  const MutexLock lock(mutex_);
  const std::int64_t now_ms = clock_.now_ms();
  const auto passed_ms = static_cast<double>(std::max<std::int64_t>(0, now_ms - last_tick_ms_));
  const double kept = std::exp2(-passed_ms / kHalfLifeMs);
  for (auto& sizes : differences_) {
    for (double& difference : sizes) difference *= kept;
  }
  sampled_misses_ *= kept;
  reads_ = reads_ * kept + static_cast<double>(growth(last_.reads, totals.reads));
  hits_ = hits_ * kept + static_cast<double>(growth(last_.hits, totals.hits));
  last_ = totals;
  last_tick_ms_ = now_ms;
  if (simulations_ != nullptr) simulations_->tick(now_ms);
  learn_overhead(totals);
  const bool has_room = simulations_ != nullptr && simulations_->size() < simulations_->most() / 2;
  rate_.end_period(now_ms, has_room);
  spread();
}

/// What an entry takes beside its key and its value: told by a cache that is full enough.
void CurveEstimator::learn_overhead(const Totals& totals) {
  constexpr std::size_t kFullEnough = 4;
  const std::size_t taken = empty_memory_ + totals.entry_bytes;
  if (totals.entries == 0 || totals.memory < limit_ / kFullEnough || totals.memory <= taken) return;
  overhead_ = (totals.memory - taken) / totals.entries + 1;
}

std::int64_t CurveEstimator::next_tick() const {
  const MutexLock lock(mutex_);
  return rate_.period_end_ms();
}

void CurveEstimator::forget() {
  differences_ = {};
  sampled_misses_ = 0;
  reads_ = 0;
  hits_ = 0;
}

void CurveEstimator::reset() {
  const MutexLock lock(mutex_);
  forget();
  last_ = {};
}

MissRatioCurve CurveEstimator::curve(const Totals& totals) const {
  const MutexLock lock(mutex_);
  const double reads = reads_ + static_cast<double>(growth(last_.reads, totals.reads));
  const double hits = hits_ + static_cast<double>(growth(last_.hits, totals.hits));
  MissRatioCurve curve{.reads = static_cast<std::uint64_t>(reads),
                       .sampling_rate = limit_ == 0 ? 0 : rate_.share(),
                       .keys = simulations_ == nullptr ? 0 : simulations_->size(),
                       .memory = all_bytes()};
  if (limit_ == 0 || curve.reads == 0) return curve;
  curve.actual_hit_ratio = hits / reads;
  const double factor = correction(reads - hits);
  for (std::size_t policy = 0; policy != differences_.size(); ++policy) {
    for (std::size_t size = 0; size != differences_[policy].size(); ++size) {
      curve.hit_ratio[policy][size] =
          std::clamp((hits + factor * differences_[policy][size]) / reads, 0.0, 1.0);
    }
  }
  return curve;
}

std::size_t CurveEstimator::bytes() const {
  const MutexLock lock(mutex_);
  return all_bytes();
}

std::size_t CurveEstimator::all_bytes() const {
  return simulations_ == nullptr ? 0 : simulations_->bytes() + simulations_->arena_bytes();
}

std::string CurveEstimator::check_invariants() const {
  const MutexLock lock(mutex_);
  if ((simulations_ == nullptr) != (limit_ == 0)) return "curve: simulations without a limit";
  return simulations_ == nullptr ? std::string() : simulations_->check_invariants();
}

}  // namespace libcache
