#include "extent_pool.h"

#include <algorithm>
#include <bit>
#include <cassert>
#include <new>
#include <utility>

#include "poison.h"

namespace libcache {
namespace {

// What the heap takes: malloc adds 8 bytes and rounds up to 16.
constexpr std::size_t kExtentCharge = 64;
static_assert(sizeof(Extent) + 8 <= kExtentCharge);
constexpr std::size_t kChunkCharge = 512;
static_assert(sizeof(ExtentChunk) + 8 <= kChunkCharge);

// Without a limit, as many bytes are kept for reuse as under one of 1 GiB.
constexpr std::size_t kMostWarmWithoutLimit = (std::size_t{1} << 30) / 64;

/// What is committed for so many bytes.
std::size_t pages_for(std::size_t bytes) {
  return round_up_to_page(std::max<std::size_t>(bytes, 1));
}

void push(ExtentChunk*& list, ExtentChunk* chunk) {
  chunk->prev = nullptr;
  chunk->next = list;
  if (list != nullptr) list->prev = chunk;
  list = chunk;
}

void push(Extent*& list, Extent* extent) { extent->next = std::exchange(list, extent); }

void erase(ExtentChunk*& list, ExtentChunk* chunk) {
  (chunk->prev != nullptr ? chunk->prev->next : list) = chunk->next;
  if (chunk->next != nullptr) chunk->next->prev = chunk->prev;
}

}  // namespace

ExtentPool::ExtentPool(std::shared_ptr<Budget> budget) : budget_(std::move(budget)) {}

ExtentPool::~ExtentPool() {
  trim();
  MutexLock lock(mutex_);
  for (Size& size : sizes_) {
    assert(size.open == nullptr);
    if (size.idle == nullptr) continue;
    delete size.idle;
    release(kChunkCharge);
  }
  assert(charged_bytes() == 0);
}

// --- Extents with an owner ----------------------------------------------------------------------

Extent* ExtentPool::allocate(std::size_t bytes, Overdraft overdraft, bool& refused_by_system) {
  if (bytes > kLargestPiece) return nullptr;
  if (Extent* const warm = take_warm(size_index(bytes))) {
    if (resize(*warm, bytes, overdraft)) return warm;
    destroy(warm);
    return nullptr;
  }
  Extent* const extent = make_extent(bytes, overdraft, refused_by_system);
  if (extent != nullptr || trim() == 0) return extent;
  refused_by_system = false;
  return make_extent(bytes, overdraft, refused_by_system);
}

bool ExtentPool::resize(Extent& extent, std::size_t bytes, Overdraft overdraft) {
  if (bytes > extent.capacity) return false;
  const std::size_t target = pages_for(bytes);
  if (target > extent.committed) {
    if (!charge(target - extent.committed, overdraft)) return false;
    unpoison(extent.data + extent.committed, target - extent.committed);
    extent.committed = target;
  } else if (target < extent.committed) {
    const std::size_t surplus = extent.committed - target;
    unmap_pages(extent.data + target, surplus);
    poison(extent.data + target, surplus);
    extent.committed = target;
    release(surplus);
  }
  return true;
}

void ExtentPool::drop(Extent* extent) {
  if (extent->owners.fetch_sub(1, std::memory_order_acq_rel) != 1) return;
  poison(extent->data, extent->committed);
  if (extent->committed <= most_warm_bytes() && budget_->excess() == 0) {
    keep(extent);
  } else {
    destroy(extent);
  }
}

std::shared_ptr<const void> ExtentPool::pin(Extent* extent) {
  extent->owners.fetch_add(1, std::memory_order_relaxed);
  // If this throws, it calls the deleter first, which takes the new ownership back.
  return {extent->data, [pool = shared_from_this(), extent](const void*) { pool->drop(extent); }};
}

// --- Making and destroying ----------------------------------------------------------------------

// All is charged before anything is made: in a full cache that is refused for each value, until
// room was made for it.
Extent* ExtentPool::make_extent(std::size_t bytes, Overdraft overdraft, bool& refused_by_system) {
  const std::size_t committed = pages_for(bytes);
  if (!charge(kExtentCharge + committed, overdraft)) return nullptr;
  std::unique_ptr<Extent> extent(new (std::nothrow) Extent);
  refused_by_system = extent == nullptr;
  if (extent == nullptr || !take_piece(*extent, size_index(bytes), overdraft, refused_by_system)) {
    release(kExtentCharge + committed);
    return nullptr;
  }
  extent->committed = committed;
  return extent.release();
}

// Unmaps and forgets an extent that is on no list; returns the bytes given back.
std::size_t ExtentPool::destroy(Extent* extent) {
  unmap_pages(extent->data, extent->committed);
  unpoison(extent->data, extent->capacity);
  std::size_t bytes = extent->committed + kExtentCharge;
  if (give_piece_back(*extent) != nullptr) bytes += kChunkCharge;
  delete extent;
  release(bytes);
  return bytes;
}

std::size_t ExtentPool::destroy_list(Extent* first) {
  std::size_t bytes = 0;
  while (first != nullptr) bytes += destroy(std::exchange(first, first->next));
  return bytes;
}

bool ExtentPool::charge(std::size_t bytes, Overdraft overdraft) {
  if (!budget_->try_charge(bytes, overdraft) &&
      (trim() == 0 || !budget_->try_charge(bytes, overdraft))) {
    return false;
  }
  charged_.fetch_add(bytes, std::memory_order_relaxed);
  return true;
}

void ExtentPool::release(std::size_t bytes) {
  charged_.fetch_sub(bytes, std::memory_order_relaxed);
  budget_->release(bytes);
}

// --- Pieces of address space --------------------------------------------------------------------

unsigned ExtentPool::size_index(std::size_t bytes) {
  const std::size_t piece = std::bit_ceil(std::max(bytes, kSmallestPiece));
  return static_cast<unsigned>(std::countr_zero(piece) - std::countr_zero(kSmallestPiece));
}

bool ExtentPool::take_piece(Extent& extent, unsigned size, Overdraft overdraft,
                            bool& refused_by_system) {
  MutexLock lock(mutex_);
  ExtentChunk* const chunk = chunk_with_room(size, overdraft, refused_by_system);
  if (chunk == nullptr) return false;
  extent.data = chunk->take();
  if (extent.data == nullptr) {
    refused_by_system = true;
    return false;
  }
  extent.capacity = chunk->piece_bytes();
  extent.chunk = chunk;
  if (chunk == sizes_[size].idle) {
    sizes_[size].idle = nullptr;
    push(sizes_[size].open, chunk);
  }
  if (chunk->full()) erase(sizes_[size].open, chunk);
  return true;
}

ExtentChunk* ExtentPool::chunk_with_room(unsigned size, Overdraft overdraft,
                                         bool& refused_by_system) {
  if (sizes_[size].open != nullptr) return sizes_[size].open;
  ExtentChunk*& idle = sizes_[size].idle;
  if (idle != nullptr) return idle;
  // Not by charge(), which would wait for the mutex to trim: allocate() does that and comes again.
  if (!budget_->try_charge(kChunkCharge, overdraft)) return nullptr;
  charged_.fetch_add(kChunkCharge, std::memory_order_relaxed);
  idle = new (std::nothrow) ExtentChunk(kSmallestPiece << size);
  if (idle != nullptr && idle->valid()) return idle;
  refused_by_system = true;
  delete std::exchange(idle, nullptr);
  release(kChunkCharge);
  return nullptr;
}

// Returns the chunk if it is to be unmapped: it has become the second one without a piece taken.
std::unique_ptr<ExtentChunk> ExtentPool::give_piece_back(const Extent& extent) {
  MutexLock lock(mutex_);
  ExtentChunk* const chunk = extent.chunk;
  Size& size = sizes_[size_index(extent.capacity)];
  if (chunk->full()) push(size.open, chunk);
  chunk->give_back(extent.data);
  if (!chunk->idle()) return nullptr;
  erase(size.open, chunk);
  if (size.idle != nullptr) return std::unique_ptr<ExtentChunk>(chunk);
  size.idle = chunk;
  return nullptr;
}

// --- Extents kept for reuse ---------------------------------------------------------------------

std::size_t ExtentPool::most_warm_bytes() const {
  const std::size_t limit = budget_->limit();
  return limit != 0 ? limit / 64 : kMostWarmWithoutLimit;
}

Extent* ExtentPool::take_warm(unsigned size) {
  MutexLock lock(mutex_);
  if (sizes_[size].warm == nullptr) return nullptr;
  Extent* const extent = pop_warm(sizes_[size]);
  extent->owners.store(1, std::memory_order_relaxed);
  unpoison(extent->data, extent->committed);
  return extent;
}

Extent* ExtentPool::pop_warm(Size& size) {
  Extent* const extent = std::exchange(size.warm, size.warm->next);
  size.least_warm = std::min(size.least_warm, --size.warm_count);
  size.warm_bytes -= extent->committed;
  warm_bytes_ -= extent->committed;
  any_warm_.store(warm_bytes_ != 0, std::memory_order_relaxed);
  return extent;
}

// When that makes too many, those of the other sizes go first: what is no longer asked for must not
// fill the list for ever.
void ExtentPool::keep(Extent* extent) {
  Extent* surplus = nullptr;
  {
    MutexLock lock(mutex_);
    Size& size = sizes_[size_index(extent->capacity)];
    push(size.warm, extent);
    ++size.warm_count;
    size.warm_bytes += extent->committed;
    warm_bytes_ += extent->committed;
    any_warm_.store(true, std::memory_order_relaxed);
    const auto bytes_if_other = [&size](const Size& s) { return &s == &size ? 0 : s.warm_bytes; };
    while (warm_bytes_ > most_warm_bytes()) {
      Size& most = *std::ranges::max_element(sizes_, {}, bytes_if_other);
      push(surplus, pop_warm(most.warm_bytes != 0 ? most : size));
    }
  }
  destroy_list(surplus);
}

std::size_t ExtentPool::trim() {
  Extent* all = nullptr;
  {
    MutexLock lock(mutex_);
    for (Size& size : sizes_) {
      while (size.warm != nullptr) push(all, pop_warm(size));
    }
  }
  return destroy_list(all);
}

std::size_t ExtentPool::count_and_trim_idle() {
  const std::uint32_t calls = idle_calls_.fetch_add(1, std::memory_order_relaxed) + 1;
  if (calls % kPatience != 0) return 0;
  Extent* idle = nullptr;
  {
    MutexLock lock(mutex_);
    for (Size& size : sizes_) {
      for (std::size_t n = std::min(size.least_warm, kMostAtOnce); n != 0; --n) {
        push(idle, pop_warm(size));
      }
      size.least_warm = size.warm_count;
    }
  }
  return destroy_list(idle);
}

// --- Checking -----------------------------------------------------------------------------------

std::string ExtentPool::check_invariants() const {
  MutexLock lock(mutex_);
  std::size_t warm_bytes = 0;
  std::size_t bookkeeping = 0;
  for (unsigned i = 0; i < kSizes; ++i) {
    const Size& size = sizes_[i];
    std::size_t bytes = 0;
    std::size_t count = 0;
    for (const Extent* extent = size.warm; extent != nullptr; extent = extent->next) {
      ++count;
      bytes += extent->committed;
      bookkeeping += kExtentCharge;
      if (extent->owners != 0) return "extents: one with an owner is kept for reuse";
      if (size_index(extent->capacity) != i) return "extents: one is on another size's list";
    }
    if (bytes != size.warm_bytes) return "extents: the bytes kept of one size are wrong";
    if (count != size.warm_count) return "extents: the number kept of one size is wrong";
    if (size.least_warm > count) return "extents: more of one size are idle than kept";
    warm_bytes += bytes;
    const ExtentChunk* prev = nullptr;
    for (const ExtentChunk* chunk = size.open; chunk != nullptr; chunk = chunk->next) {
      bookkeeping += kChunkCharge;
      if (chunk->full() || chunk->idle()) return "extents: a full or idle chunk is listed as open";
      if (chunk->prev != std::exchange(prev, chunk)) return "extents: a broken link of chunks";
    }
    if (size.idle != nullptr && !size.idle->idle()) return "extents: the idle chunk is in use";
    if (size.idle != nullptr) bookkeeping += kChunkCharge;
  }
  if (warm_bytes != warm_bytes_) return "extents: the bytes kept for reuse are wrong";
  if (any_warm_.load(std::memory_order_relaxed) != (warm_bytes != 0)) {
    return "extents: whether any are kept is wrong";
  }
  if (warm_bytes + bookkeeping > charged_bytes()) return "extents: more is kept than charged";
  return {};
}

}  // namespace libcache
