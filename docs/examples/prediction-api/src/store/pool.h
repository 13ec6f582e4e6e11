#pragma once

#include <cstddef>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

#include "store/store.h"

namespace prediction {

/// Connections that are kept open, at most as many as threads use the pool at the same time. One is
/// opened when a thread finds none idle, and closed after an error.
class StorePool {
 public:
  explicit StorePool(OpenStore open) : open_(std::move(open)) {}

  /// `work(Store&)`, on the thread that calls. If the connection breaks it is repeated once, on a
  /// new one: the database may have been restarted. Throws StoreError.
  template <class Work>
  auto with(Work work) {
    try {
      return once(work);
    } catch (const ConnectionLost&) {
      forget_idle();
      return once(work);
    }
  }

  std::size_t open_connections() const;
  std::size_t idle_connections() const;

 private:
  /// A connection in use. Goes back to the idle ones, unless it was left by an error.
  class Loan;

  template <class Work>
  auto once(Work& work);
  void forget_idle();

  const OpenStore open_;
  mutable std::mutex mutex_;
  std::vector<std::unique_ptr<Store>> idle_;
  std::size_t in_use_ = 0;
};

class StorePool::Loan {
 public:
  explicit Loan(StorePool& pool);
  ~Loan();
  Loan(const Loan&) = delete;
  Loan& operator=(const Loan&) = delete;

  Store& store() { return *store_; }

 private:
  StorePool& pool_;
  const int exceptions_;  // on their way when it began
  std::unique_ptr<Store> store_;
};

template <class Work>
auto StorePool::once(Work& work) {
  Loan loan(*this);
  return work(loan.store());
}

}  // namespace prediction
