#pragma once

#include <atomic>
#include <cstddef>
#include <limits>
#include <optional>
#include <utility>

namespace sideline::resp {

/// Bounds the memory that output buffers keep alive of somebody else's, all of them together: what
/// waits for peers that do not read must not take the owner's memory away from everybody.
/// Thread-safe. Must outlive its loans.
class LoanBudget {
 public:
  static constexpr std::size_t kNoLimit = std::numeric_limits<std::size_t>::max();

  /// A part of the budget that is taken; given back at the end.
  class Loan {
   public:
    /// Of no budget.
    Loan() = default;
    Loan(const Loan&) = delete;
    Loan& operator=(const Loan&) = delete;
    Loan(Loan&& other) noexcept
        : budget_(std::exchange(other.budget_, nullptr)), bytes_(other.bytes_) {}
    Loan& operator=(Loan&& other) noexcept {
      std::swap(budget_, other.budget_);
      std::swap(bytes_, other.bytes_);
      return *this;
    }
    ~Loan() {
      if (budget_ != nullptr) budget_->give_back(bytes_);
    }

   private:
    friend class LoanBudget;
    Loan(LoanBudget& budget, std::size_t bytes) : budget_(&budget), bytes_(bytes) {}

    LoanBudget* budget_ = nullptr;
    std::size_t bytes_ = 0;
  };

  explicit LoanBudget(std::size_t limit = kNoLimit) : limit_(limit) {}

  /// What is lent already stays lent.
  void set_limit(std::size_t bytes) { limit_.store(bytes, std::memory_order_relaxed); }

  /// Nothing if the limit would be exceeded.
  [[nodiscard]] std::optional<Loan> take(std::size_t bytes) {
    const std::size_t before = lent_.fetch_add(bytes, std::memory_order_relaxed);
    if (before + bytes <= limit_.load(std::memory_order_relaxed)) return Loan(*this, bytes);
    give_back(bytes);
    return std::nullopt;
  }

  /// What is taken now.
  [[nodiscard]] std::size_t lent() const { return lent_.load(std::memory_order_relaxed); }

 private:
  void give_back(std::size_t bytes) { lent_.fetch_sub(bytes, std::memory_order_relaxed); }

  std::atomic<std::size_t> limit_;
  std::atomic<std::size_t> lent_{0};
};

}  // namespace sideline::resp
