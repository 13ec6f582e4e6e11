#pragma once

namespace libcache {

/// How often this thread has called operator new, which this test program replaces.
int allocations_so_far();

/// Lets that one of this thread's next calls fail, counted from 1; 0: none.
void fail_allocation(int number);
/// The same for all other threads together. This one is none of them from then on.
void fail_allocation_of_others(int number);
/// Whether it has failed since a number was told, which was not 0.
bool one_of_others_failed();

/// How often it does so in `function`.
template <class Function>
int allocations_of(Function function) {
  const int before = allocations_so_far();
  function();
  return allocations_so_far() - before;
}

/// Lets that one of its allocations fail on this thread, counted from 1. Whether there are so many.
template <class Function>
bool fails_at(int number, Function function) {
  fail_allocation(number);
  const int made = allocations_of([&] { function(); });
  fail_allocation(0);
  return made >= number;
}

}  // namespace libcache
