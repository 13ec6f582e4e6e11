#include "engine.h"

#include <pthread.h>

#include <algorithm>
#include <bit>
#include <chrono>
#include <random>
#include <stdexcept>
#include <string>

#include "random.h"

namespace libcache {
namespace {

constexpr std::size_t kSmallestLimit = std::size_t{1} << 20;
constexpr int kMostShards = 64;

void check_limit(std::size_t max_memory) {
  if (max_memory != 0 && max_memory < kSmallestLimit) {
    throw std::invalid_argument("max_memory must be 0 or at least 1048576 bytes, not " +
                                std::to_string(max_memory));
  }
}

void check(const Options& options) {
  check_limit(options.max_memory);
  if (options.shards < 0 || options.shards > kMostShards ||
      (options.shards != 0 && !std::has_single_bit(static_cast<unsigned>(options.shards)))) {
    throw std::invalid_argument("shards must be 0 or a power of two from 1 to 64, not " +
                                std::to_string(options.shards));
  }
  if (options.clock == nullptr) throw std::invalid_argument("clock must not be null");
}

/// Four shards a processor keep two threads from meeting often; a shard below 16 MiB would lose too
/// much to half-filled spans of each size class (about 1.2 MiB at worst).
unsigned chosen_shards(const Options& options) {
  if (options.shards != 0) return static_cast<unsigned>(options.shards);
  constexpr std::size_t kSmallestShard = std::size_t{16} << 20;
  const unsigned by_processors =
      std::bit_ceil(4 * std::max(1U, std::thread::hardware_concurrency()));
  const std::size_t by_memory = options.max_memory == 0
                                    ? kMostShards
                                    : std::max<std::size_t>(1, options.max_memory / kSmallestShard);
  return std::min(
      {by_processors, static_cast<unsigned>(kMostShards),
       static_cast<unsigned>(std::bit_floor(std::min<std::size_t>(by_memory, kMostShards)))});
}

constexpr std::int64_t kNsPerMs = 1'000'000;

std::int64_t steady_ns() {
  const auto since_start = std::chrono::steady_clock::now().time_since_epoch();
  return std::chrono::duration_cast<std::chrono::nanoseconds>(since_start).count();
}

std::uint64_t random_seed() {
  std::random_device device;
  return std::uint64_t{device()} << 32 | device();
}

}  // namespace

Engine::Engine(const Options& options)
    : prefixes_(options.statistics.prefixes),
      prefix_rules_(prefixes_),
      policy_(options.policy),
      wake_at_ms_(kAsleepForGood) {
  check(options);
  environment_.budget = std::make_shared<Budget>(options.max_memory);
  environment_.extents = std::make_shared<ExtentPool>(environment_.budget);
  tag_epochs_ = std::make_unique<TagEpochs>(budget());
  environment_.tag_epochs = tag_epochs_.get();
  environment_.clock = options.clock;
  environment_.hash_seed = options.hash_seed.value_or(random_seed());
  set_default_ttl(options.default_ttl);
  environment_.default_ttl = &default_ttl_;
  environment_.surroundings = this;
  environment_.miss_reasons = options.statistics.miss_reasons;
  if (!prefixes_.empty()) environment_.prefix_rules = &prefix_rules_;
  if (options.on_removal) {
    removals_ =
        std::make_unique<RemovalNotifier>(options.on_removal, budget(), options.maintenance);
    environment_.removals = removals_.get();
  }
  if (options.statistics.miss_ratio_curve) {
    curve_ = std::make_unique<CurveEstimator>(budget(), clock(), environment_.hash_seed);
    environment_.curve = curve_.get();
  }
  random_state_ = environment_.hash_seed;
  const unsigned shards = chosen_shards(options);
  environment_.arena_region_bytes = Arena::region_bytes_for(shards);
  environment_.shard_count = shards;
  for (unsigned i = 0; i < shards; ++i) {
    shards_.push_back(std::make_unique<Shard>(environment_, options.policy));
  }
  if (curve_ != nullptr) curve_->set_empty_memory(budget().used());
  if (options.maintenance == Maintenance::kThread) {
    thread_ = std::thread([this] { run_maintenance(); });
    pthread_setname_np(thread_.native_handle(), "cache-maintain");
  }
}

Engine::~Engine() { stop(); }

void Engine::stop() {
  {
    const MutexLock lock(sleep_mutex_);
    stopping_ = true;
  }
  sleep_.notify_one();
  if (thread_.joinable()) thread_.join();
  if (removals_ != nullptr) removals_->stop();
}

void Engine::set_policy(Policy policy) {
  for (const auto& shard : shards_) {
    const MutexLock lock(shard->mutex());
    shard->set_policy(policy);
  }
  policy_.store(policy, std::memory_order_relaxed);
}

void Engine::set_max_memory(std::size_t bytes) {
  check_limit(bytes);
  if (curve_ != nullptr) tick_curve();              // what was counted belongs to the present one
  if (curve_ != nullptr) curve_->set_limit(bytes);  // first, as it may throw
  budget().set_limit(bytes);
  if (curve_ != nullptr) tell_shards_who_is_sampled();
  for (const auto& shard : shards_) {
    const MutexLock lock(shard->mutex());
    shard->limit_changed();
  }
  wake();
}

void Engine::set_default_ttl(std::optional<std::chrono::milliseconds> ttl) {
  if (ttl && ttl->count() < 1) {
    throw std::invalid_argument("default_ttl must be at least 1 ms, not " +
                                std::to_string(ttl->count()));
  }
  default_ttl_.set(ttl);
}

void Engine::set_active_expiry(bool on) {
  active_expiry_.store(on, std::memory_order_relaxed);
  wake();
}

std::uint64_t Engine::random() {
  std::uint64_t state = random_state_.fetch_add(0x9E37'79B9'7F4A'7C15, std::memory_order_relaxed);
  return next_random(state);
}

// ---------------------------------------------------------------------------------------------
// Memory across shards

bool Engine::make_room_elsewhere(const Shard& asking, std::uint64_t held_together) {
  std::uint64_t tried = 0;
  for (unsigned count = 0; count < shard_count(); ++count) {
    const unsigned fullest = fullest_shard_but(tried);
    tried |= std::uint64_t{1} << fullest;
    Shard& shard = this->shard(fullest);
    if (&shard != &asking && make_room_in(shard, (held_together >> fullest & 1) != 0)) return true;
  }
  return false;
}

/// Precondition: one is not among `excluded` (bit i: shard i).
unsigned Engine::fullest_shard_but(std::uint64_t excluded) const {
  unsigned fullest = static_cast<unsigned>(std::countr_one(excluded));
  for (unsigned i = fullest + 1; i < shard_count(); ++i) {
    if ((excluded >> i & 1) != 0) continue;
    if (shard(i).approximate_memory() > shard(fullest).approximate_memory()) fullest = i;
  }
  return fullest;
}

// The thread-safety analysis cannot follow a lock that is taken only if it is not held.
bool Engine::make_room_in(Shard& shard, bool held) ABSL_NO_THREAD_SAFETY_ANALYSIS {
  if (held) return shard.make_room();
  if (!shard.mutex().try_lock()) return false;
  const bool made = shard.make_room();
  shard.mutex().unlock();
  return made;
}

bool Engine::others_hold_more(const Shard& asking) const {
  std::size_t sum = 0;
  for (const auto& shard : shards_) sum += shard->approximate_memory();
  return asking.approximate_memory() < sum / shards_.size() / 2;
}

// ---------------------------------------------------------------------------------------------
// Maintenance

std::int64_t Engine::maintain(std::size_t budget) {
  const std::int64_t now = clock().now_ms();
  const bool expiry = active_expiry_.load(std::memory_order_relaxed);
  const std::size_t share = std::max<std::size_t>(1, budget / shards_.size());
  const bool may_join = join_pace_.may_join(steady_ns());
  std::byte* full_block = nullptr;
  std::int64_t next = kAsleepForGood;
  for (const auto& shard : shards_) {
    const MutexLock lock(shard->mutex());
    next = std::min(next, shard->maintain(share, now, expiry));
    if (may_join && full_block == nullptr) full_block = shard->take_full_block();
  }
  if (full_block != nullptr) join(full_block);
  const bool there_may_be_more = !may_join || full_block != nullptr;
  if (there_may_be_more)
    next = std::min(next, now + join_pace_.rest_ns(steady_ns()) / kNsPerMs + 1);
  if (curve_ != nullptr) next = std::min(next, tend_curve(now));
  return next <= now ? 0 : next;
}

void Engine::join(std::byte* full_block) {
  const std::int64_t begun = steady_ns();
  HugePages::join(full_block);
  join_pace_.joined(begun, steady_ns());
}

/// Returns when to come again.
std::int64_t Engine::tend_curve(std::int64_t now_ms) {
  const std::int64_t wait_ms = curve_->next_tick() - now_ms;
  const bool is_due = wait_ms <= 0 || wait_ms > SamplingRate::kPeriodMs;  // a clock may be set back
  if (is_due) tick_curve();
  return curve_->next_tick();
}

void Engine::tick_curve() {
  {
    const MutexLock totals_lock(totals_mutex_);
    ShardStats all;
    for (const auto& shard : shards_) {
      const MutexLock lock(shard->mutex());
      all += shard->stats();
    }
    curve_->tick(curve_totals(all, budget().used()));
  }
  tell_shards_who_is_sampled();
}

void Engine::tell_shards_who_is_sampled() {
  for (const auto& shard : shards_) {
    const MutexLock lock(shard->mutex());
    shard->set_sampled_below(curve_->threshold());
  }
}

CurveEstimator::Totals Engine::curve_totals(const ShardStats& all, std::size_t memory) {
  return {.reads = all.hits + all.misses,
          .hits = all.hits,
          .entries = all.entries,
          .entry_bytes = all.key_bytes + all.value_bytes,
          .memory = memory};
}

void Engine::deadline_added(std::int64_t deadline_ms) {
  if (thread_.joinable() && deadline_ms < wake_at_ms_.load(std::memory_order_relaxed)) wake();
}

void Engine::wake() {
  {
    const MutexLock lock(sleep_mutex_);
    woken_ = true;
  }
  sleep_.notify_one();
}

void Engine::run_maintenance() {
  // 32 entries under one lock of a shard take some 10 us: nobody waits longer for it.
  constexpr std::size_t kEntriesALock = 32;
  for (;;) {
    {
      const MutexLock lock(sleep_mutex_);
      if (stopping_) return;
      woken_ = false;
      wake_at_ms_.store(kAsleepForGood, std::memory_order_relaxed);
    }
    const std::int64_t next = maintain(kEntriesALock * shards_.size());
    const MutexLock lock(sleep_mutex_);
    if (next == 0 || woken_ || stopping_) continue;
    wake_at_ms_.store(next, std::memory_order_relaxed);
    sleep_until(next);
  }
}

/// Or until woken.
void Engine::sleep_until(std::int64_t deadline_ms) {
  // Deadlines of neighbouring milliseconds share a wake-up: 250 a second at most.
  constexpr std::int64_t kGranularityMs = 4;
  constexpr std::int64_t kLongestMs = 60'000;  // a clock may be set
  const auto awake = [this]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(sleep_mutex_) {
    return woken_ || stopping_;
  };
  if (deadline_ms == kAsleepForGood) {
    sleep_.wait(sleep_mutex_, awake);
  } else {
    const std::int64_t wait_ms = deadline_ms - clock().now_ms() + kGranularityMs;
    sleep_.wait_for(sleep_mutex_,
                    std::chrono::milliseconds(std::clamp<std::int64_t>(wait_ms, 1, kLongestMs)),
                    awake);
  }
}

}  // namespace libcache
