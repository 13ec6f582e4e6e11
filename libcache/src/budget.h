#pragma once

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <limits>

namespace libcache {

/// Whether a charge may go beyond the limit: for what a user does not expect to fail for want of
/// memory, and which needs little (a deadline, another name).
enum class Overdraft : bool { kNo, kAllowed };

/// The bytes that one cache may hold in memory, and those it holds. Everything that grows with the
/// data is charged here before it is touched, and given back after it is unmapped; so what is
/// resident is never more than what is charged. Thread-safe, without a lock.
class Budget {
 public:
  /// `limit` 0: none.
  explicit Budget(std::size_t limit) : limit_(limit) {}

  /// What is charged may grow by this beyond a limit of 256 MiB or more, half of what the process
  /// is allowed beyond it; by 1/16 beyond a smaller one. Also from where it was when the limit was
  /// lowered below it.
  static constexpr std::size_t kMostOverdraft = std::size_t{16} << 20;
  static constexpr std::size_t overdraft_of(std::size_t limit) {
    return std::min(limit / 16, kMostOverdraft);
  }

  /// Charges `bytes` if that stays within the limit. No charge of another thread is refused because
  /// of one that was refused.
  [[nodiscard]] bool try_charge(std::size_t bytes, Overdraft overdraft = Overdraft::kNo);
  /// Charges `bytes` even beyond the limit: for small fixed parts that cannot be refused.
  void charge(std::size_t bytes);
  /// Gives back what was charged. Precondition: bytes <= used().
  void release(std::size_t bytes);

  [[nodiscard]] std::size_t used() const { return used_.load(std::memory_order_relaxed); }
  /// The most that was ever charged.
  [[nodiscard]] std::size_t peak() const { return peak_.load(std::memory_order_relaxed); }
  [[nodiscard]] std::size_t limit() const { return limit_.load(std::memory_order_relaxed); }
  /// May be below used(): then every try_charge() is refused until enough was given back.
  void set_limit(std::size_t limit);
  /// Bytes above the limit: what has to be given back after the limit was lowered.
  [[nodiscard]] std::size_t excess() const {
    const std::size_t limit = this->limit();
    const std::size_t used = this->used();
    return limit != 0 && used > limit ? used - limit : 0;
  }
  /// The right to make room while there is an excess: one at a time has it, as several threads
  /// would each evict for the same bytes. Look at excess() again once you have it.
  class Payment {
   public:
    /// False if another one has it.
    explicit Payment(Budget& budget)
        : budget_(budget.paying_.test_and_set(std::memory_order_acquire) ? nullptr : &budget) {}
    ~Payment() {
      if (budget_ != nullptr) budget_->paying_.clear(std::memory_order_release);
    }
    Payment(const Payment&) = delete;
    Payment& operator=(const Payment&) = delete;
    explicit operator bool() const { return budget_ != nullptr; }

   private:
    Budget* budget_;
  };
  /// What may still be charged within the limit: SIZE_MAX without one.
  [[nodiscard]] std::size_t available() const {
    const std::size_t limit = this->limit();
    const std::size_t used = this->used();
    if (limit == 0) return std::numeric_limits<std::size_t>::max();
    return limit > used ? limit - used : 0;
  }

 private:
  [[nodiscard]] bool overdraw(std::size_t bytes);
  void raise_peak(std::size_t used);

  std::atomic<std::size_t> limit_;
  std::atomic<std::size_t> used_{0};
  std::atomic<std::size_t> peak_{0};
  std::atomic<std::size_t> overdrawn_{0};  // by overdraw(), and not released since
  std::atomic_flag paying_;
};

}  // namespace libcache
