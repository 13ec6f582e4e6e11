#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace libcache {

/// Makes huge pages (2 MiB) of those parts of a region that are in use to the last page. Looking up
/// one of a million entries then misses the processor's translation buffer less often: measured
/// 20 to 30 % less time for a hit. Memory in part-used blocks stays in small pages, so that what is
/// resident is what is charged.
///
/// An aligned piece of 2 MiB is a block. When all its 512 pages are in use it waits in a list until
/// join_one() asks the kernel (MADV_COLLAPSE, Linux 6.1) to move them into a huge page; the first
/// page that is given back later makes it an ordinary block again, before the kernel would fill the
/// hole. Where the kernel has no huge pages, nothing changes.
///
/// Guarded by the shard's lock.
class HugePages {
 public:
  static constexpr std::size_t kBytes = std::size_t{2} << 20;

  HugePages() = default;
  /// For a region that begins at a multiple of kBytes.
  HugePages(std::byte* begin, std::size_t bytes)
      : begin_(begin), blocks_((bytes + kBytes - 1) / kBytes) {}

  /// So many pages from `at` on, of one block, have come into use.
  void added(const std::byte* at, std::size_t pages);
  /// So many pages from `at` on, of one block, are about to be given back.
  void removing(const std::byte* at, std::size_t pages);

  /// Whether a block has become full, and waits for join_one().
  [[nodiscard]] bool waiting() const { return !full_.empty(); }
  /// Makes a huge page of a block that waits, if one is still full. Copies 2 MiB: 0.2 ms.
  void join_one();

 private:
  struct Block {
    std::uint16_t pages = 0;  // in use
    bool waits = false;
    bool huge = false;
  };

  [[nodiscard]] std::size_t number(const std::byte* at) const {
    return static_cast<std::size_t>(at - begin_) / kBytes;
  }

  std::byte* begin_ = nullptr;
  std::vector<Block> blocks_;
  std::vector<std::uint32_t> full_;  // numbers of the blocks that wait
};

}  // namespace libcache
