#include "extent_chunk.h"

#include <algorithm>
#include <bit>
#include <cassert>

namespace libcache {

ExtentChunk::ExtentChunk(std::size_t piece_bytes)
    : reservation_(std::max(kSmallest, piece_bytes)),
      window_(reservation_.data(), reservation_.size()),
      piece_bytes_(piece_bytes),
      pieces_(static_cast<std::uint32_t>(std::max(kSmallest, piece_bytes) / piece_bytes)) {
  assert(pieces_ <= kMostPieces);
  for (std::uint32_t i = 0; i < pieces_; ++i) free_[i / 64] |= std::uint64_t{1} << i % 64;
}

std::byte* ExtentChunk::take() {
  std::size_t word = 0;
  while (free_[word] == 0) ++word;
  const std::size_t piece = word * 64 + static_cast<std::size_t>(std::countr_zero(free_[word]));
  if (!window_.reach((piece + 1) * piece_bytes_)) return nullptr;
  free_[word] &= free_[word] - 1;
  ++taken_;
  return reservation_.data() + piece * piece_bytes_;
}

void ExtentChunk::give_back(const std::byte* piece) {
  const std::size_t i = static_cast<std::size_t>(piece - reservation_.data()) / piece_bytes_;
  assert(i < pieces_ && (free_[i / 64] >> i % 64 & 1) == 0);
  free_[i / 64] |= std::uint64_t{1} << i % 64;
  --taken_;
}

}  // namespace libcache
