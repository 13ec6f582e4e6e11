#include "store/pool.h"

#include <exception>

namespace prediction {

StorePool::Loan::Loan(StorePool& pool) : pool_(pool), exceptions_(std::uncaught_exceptions()) {
  {
    const std::lock_guard lock(pool_.mutex_);
    if (!pool_.idle_.empty()) {
      store_ = std::move(pool_.idle_.back());
      pool_.idle_.pop_back();
    }
  }
  if (!store_) store_ = pool_.open_();
  const std::lock_guard lock(pool_.mutex_);
  ++pool_.in_use_;
}

StorePool::Loan::~Loan() {
  const bool is_good = std::uncaught_exceptions() == exceptions_;
  const std::lock_guard lock(pool_.mutex_);
  --pool_.in_use_;
  if (is_good) pool_.idle_.push_back(std::move(store_));
}

std::size_t StorePool::open_connections() const {
  const std::lock_guard lock(mutex_);
  return in_use_ + idle_.size();
}

std::size_t StorePool::idle_connections() const {
  const std::lock_guard lock(mutex_);
  return idle_.size();
}

/// After a restart of the database they are all of no more use.
void StorePool::forget_idle() {
  std::vector<std::unique_ptr<Store>> closed;  // without the lock
  const std::lock_guard lock(mutex_);
  closed.swap(idle_);
}

}  // namespace prediction
