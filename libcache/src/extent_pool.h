#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "address_space.h"
#include "budget.h"
#include "extent_chunk.h"
#include "mutex.h"

namespace libcache {

/// The bytes of one large value, on pages of their own. Belongs to the item that holds it and to
/// every pin on it; made and destroyed by its ExtentPool.
struct Extent {
  std::byte* data = nullptr;
  std::size_t capacity = 0;   ///< bytes of address space: a power of two
  std::size_t committed = 0;  ///< bytes charged: whole pages from the start of `data`
  std::atomic<std::uint32_t> owners{1};

  // The pool's own.
  ExtentChunk* chunk = nullptr;  // where the address space comes from
  Extent* next = nullptr;        // in a list of extents without an owner
};

/// Memory for large values, shared by all shards.
///
/// Each extent has a power-of-two piece of address space (32 KiB to 1 GiB) but only as many 4 KiB
/// pages of memory as its value needs, so a freed extent leaves no hole that another size could not
/// use: its pages go back to the system and its charge to the budget. Some freed extents stay
/// committed for reuse (up to 1/64 of the limit, 16 MiB if there is none); trim() gives them back,
/// as does an allocation that would be refused otherwise; trim_idle() gives back those that nobody
/// asks for any more.
///
/// Address space is mapped in chunks of 64 MiB (1 GiB for a piece of 1 GiB), each cut into pieces
/// of one size. A chunk without extents is unmapped, but for one of each size. With each extent 64
/// bytes are charged for the descriptor, with each chunk 512.
///
/// Thread-safe: a mutex guards the lists. Memory is unmapped outside of it, so that freeing a value
/// of 512 MiB holds nobody up.
class ExtentPool : public std::enable_shared_from_this<ExtentPool> {
 public:
  static constexpr std::size_t kSmallestPiece = std::size_t{32} << 10;
  static constexpr std::size_t kLargestPiece = std::size_t{1} << 30;  // key and value, 512 MiB each

  explicit ExtentPool(std::shared_ptr<Budget> budget);
  /// Precondition: no extent has an owner (a pin holds the pool).
  ~ExtentPool();
  ExtentPool(const ExtentPool&) = delete;
  ExtentPool& operator=(const ExtentPool&) = delete;

  /// An extent for `bytes`, all of them committed, with one owner: the caller. Uninitialised. Null
  /// if the budget refuses, no address space can be had, or `bytes` is over kLargestPiece.
  /// `refused_by_system` is set if it was not the budget: then no room in that helps, only an
  /// extent that is freed.
  [[nodiscard]] Extent* allocate(std::size_t bytes, Overdraft overdraft, bool& refused_by_system);
  [[nodiscard]] Extent* allocate(std::size_t bytes, Overdraft overdraft = Overdraft::kNo) {
    bool refused_by_system = false;
    return allocate(bytes, overdraft, refused_by_system);
  }

  /// Makes `extent` hold `bytes` (more or fewer) in place; the bytes that it holds before and after
  /// are unchanged, new ones are uninitialised. False if its address space is too small or the
  /// budget refuses. Precondition: owners == 1, the caller.
  [[nodiscard]] bool resize(Extent& extent, std::size_t bytes,
                            Overdraft overdraft = Overdraft::kNo);

  /// Gives one ownership up; the last one frees the extent.
  void drop(Extent* extent);

  /// A further owner, for a reader: keeps the extent (and the pool) until it is dropped, by any
  /// thread. Precondition: the caller is an owner, or holds the lock of one. May throw
  /// std::bad_alloc; then nothing has changed.
  [[nodiscard]] std::shared_ptr<const void> pin(Extent* extent);

  /// Bytes charged: live extents, pinned ones, those kept for reuse, and their bookkeeping.
  [[nodiscard]] std::size_t charged_bytes() const {
    return charged_.load(std::memory_order_relaxed);
  }

  /// Gives everything that is kept for reuse back; returns the bytes.
  std::size_t trim();

  /// Every kPatience-th call that finds extents kept gives some of those back that were not reused
  /// since the one before, kMostAtOnce of each size; returns the bytes. For who would evict an
  /// entry otherwise: where values of a size no longer come, what they left must not lie idle for
  /// ever.
  std::size_t trim_idle() {
    return any_warm_.load(std::memory_order_relaxed) ? count_and_trim_idle() : 0;
  }
  static constexpr std::uint32_t kPatience = 1024;
  static constexpr std::size_t kMostAtOnce = 8;

  /// The first broken invariant, or an empty string.
  [[nodiscard]] std::string check_invariants() const;

 private:
  static constexpr unsigned kSizes = 16;  // 2^15 ... 2^30

  // Pieces of one size: chunks to take one from, and freed extents that keep their memory.
  struct Size {
    ExtentChunk* open = nullptr;  // a list of those that are neither full nor idle
    ExtentChunk* idle = nullptr;  // one without a piece taken
    Extent* warm = nullptr;
    std::size_t warm_bytes = 0;
    std::size_t warm_count = 0;
    std::size_t least_warm = 0;  // the lowest warm_count since trim_idle() looked: so many are idle
  };

  [[nodiscard]] static unsigned size_index(std::size_t bytes);
  [[nodiscard]] bool charge(std::size_t bytes, Overdraft overdraft) ABSL_LOCKS_EXCLUDED(mutex_);
  void release(std::size_t bytes);
  [[nodiscard]] std::size_t most_warm_bytes() const;

  [[nodiscard]] Extent* take_warm(unsigned size) ABSL_LOCKS_EXCLUDED(mutex_);
  [[nodiscard]] Extent* make_extent(std::size_t bytes, Overdraft overdraft, bool& refused_by_system)
      ABSL_LOCKS_EXCLUDED(mutex_);
  [[nodiscard]] bool take_piece(Extent& extent, unsigned size, Overdraft overdraft,
                                bool& refused_by_system) ABSL_LOCKS_EXCLUDED(mutex_);
  [[nodiscard]] std::unique_ptr<ExtentChunk> give_piece_back(const Extent& extent)
      ABSL_LOCKS_EXCLUDED(mutex_);
  [[nodiscard]] ExtentChunk* chunk_with_room(unsigned size, Overdraft overdraft,
                                             bool& refused_by_system)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  void keep(Extent* extent) ABSL_LOCKS_EXCLUDED(mutex_);
  [[nodiscard]] Extent* pop_warm(Size& size) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  [[nodiscard]] std::size_t count_and_trim_idle() ABSL_LOCKS_EXCLUDED(mutex_);
  std::size_t destroy(Extent* extent) ABSL_LOCKS_EXCLUDED(mutex_);
  std::size_t destroy_list(Extent* first) ABSL_LOCKS_EXCLUDED(mutex_);

  const std::shared_ptr<Budget> budget_;
  std::atomic<std::size_t> charged_{0};

  mutable Mutex mutex_;
  std::array<Size, kSizes> sizes_ ABSL_GUARDED_BY(mutex_);
  std::size_t warm_bytes_ ABSL_GUARDED_BY(mutex_) = 0;
  std::atomic<bool> any_warm_{false};         // warm_bytes_ != 0, for who does not lock
  std::atomic<std::uint32_t> idle_calls_{0};  // of trim_idle()
};

}  // namespace libcache
