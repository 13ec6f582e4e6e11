#pragma once

#include <atomic>
#include <cstddef>

namespace libcache {

/// The bytes that one cache may hold in memory, and those it holds. Everything that grows with the
/// data is charged here before it is touched, and given back after it is unmapped; so what is
/// resident is never more than what is charged. Thread-safe, without a lock.
class Budget {
 public:
  /// `limit` 0: none.
  explicit Budget(std::size_t limit) : limit_(limit) {}

  /// Charges `bytes` if that stays within the limit. No charge of another thread is refused because
  /// of one that was refused.
  [[nodiscard]] bool try_charge(std::size_t bytes);
  /// Charges `bytes` even beyond the limit: for small fixed parts that cannot be refused.
  void charge(std::size_t bytes);
  /// Gives back what was charged. Precondition: bytes <= used().
  void release(std::size_t bytes);

  [[nodiscard]] std::size_t used() const { return used_.load(std::memory_order_relaxed); }
  /// The most that was ever charged.
  [[nodiscard]] std::size_t peak() const { return peak_.load(std::memory_order_relaxed); }
  [[nodiscard]] std::size_t limit() const { return limit_.load(std::memory_order_relaxed); }
  /// May be below used(): then every try_charge() is refused until enough was given back.
  void set_limit(std::size_t limit) { limit_.store(limit, std::memory_order_relaxed); }
  /// Bytes above the limit: what has to be given back after the limit was lowered.
  [[nodiscard]] std::size_t excess() const;

 private:
  void raise_peak(std::size_t used);

  std::atomic<std::size_t> limit_;
  std::atomic<std::size_t> used_{0};
  std::atomic<std::size_t> peak_{0};
};

}  // namespace libcache
