#include "bench/hitratio/exact_lru.h"

#include <list>
#include <unordered_map>

namespace bench {
namespace {

class ExactLru {
 public:
  explicit ExactLru(std::size_t entries) : entries_(entries) {}

  /// Uses a key, which is in the cache from then on. Returns whether it was before.
  bool use(std::uint32_t key) {
    const auto [found, is_new] = table_.try_emplace(key);
    if (!is_new) {
      order_.splice(order_.begin(), order_, found->second);
      return true;
    }
    order_.push_front(key);
    found->second = order_.begin();
    if (table_.size() > entries_) evict();
    return false;
  }

 private:
  void evict() {
    table_.erase(order_.back());
    order_.pop_back();
  }

  const std::size_t entries_;
  std::list<std::uint32_t> order_;  // the most recently used first
  std::unordered_map<std::uint32_t, std::list<std::uint32_t>::iterator> table_;
};

}  // namespace

double exact_lru_hit_ratio(const Trace& trace, std::size_t entries) {
  ExactLru cache(entries);
  std::size_t hits = 0;
  for (const std::uint32_t key : trace) hits += cache.use(key) ? 1U : 0U;
  return static_cast<double>(hits) / static_cast<double>(trace.size());
}

}  // namespace bench
