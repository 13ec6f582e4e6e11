#include "generations.h"

namespace libcache {

void Generations::merge(std::span<const std::uint32_t> held, std::uint64_t most,
                        std::span<unsigned> renamed) {
  unsigned merged = 0;
  std::uint64_t sum = 0;
  for (unsigned old = 0; old <= current_; ++old) {
    const bool alone = sum != 0 && held[old] != 0 && sum + held[old] > most;
    if (alone || (old == current_ && old != 0)) {
      ++merged;
      sum = 0;
    }
    sum += held[old];
    renamed[old] = merged;
  }
  current_ = merged;
}

}  // namespace libcache
