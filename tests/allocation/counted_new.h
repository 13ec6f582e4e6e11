#pragma once

namespace libcache {

/// How often this thread has called operator new, which this test program replaces.
int allocations_so_far();

/// How often it does so in `function`.
template <class Function>
int allocations_of(Function function) {
  const int before = allocations_so_far();
  function();
  return allocations_so_far() - before;
}

}  // namespace libcache
