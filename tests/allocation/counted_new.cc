// In a file of its own: g++ 12 takes an inlined malloc and a delete for a mismatch.

#include "counted_new.h"

#include <atomic>
#include <cstddef>
#include <cstdlib>
#include <new>

namespace {

thread_local int allocations = 0;
thread_local int failing = 0;  // the number of the one that fails; 0: none

std::atomic<int> left_of_others = 0;  // until one fails: that is the one which makes it 0
thread_local bool injects = false;    // this thread is none of them

bool fails_as_other() { return !injects && left_of_others > 0 && --left_of_others == 0; }

}  // namespace

int libcache::allocations_so_far() { return allocations; }

void libcache::fail_allocation(int number) { failing = number == 0 ? 0 : allocations + number; }

void libcache::fail_allocation_of_others(int number) {
  injects = true;
  left_of_others = number;
}

bool libcache::one_of_others_failed() { return left_of_others <= 0; }

void* operator new(std::size_t size) {
  if (++allocations == failing || fails_as_other()) throw std::bad_alloc();
  if (void* memory = std::malloc(size)) return memory;
  throw std::bad_alloc();
}
void* operator new(std::size_t size, const std::nothrow_t&) noexcept {
  try {
    return operator new(size);
  } catch (const std::bad_alloc&) {
    return nullptr;
  }
}
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }
