#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "address_space.h"

namespace libcache {

/// Address space cut into pieces of one power-of-two size, and which of them are taken. Which page
/// of a piece has memory is the business of whoever took it; it gives a piece back without memory.
/// Guarded by the pool's mutex.
class ExtentChunk {
 public:
  /// At most 2048 pieces of 32 KiB, so that the bitmap is 256 bytes.
  static constexpr std::size_t kSmallest = std::size_t{64} << 20;
  static constexpr std::size_t kMostPieces = 2048;

  /// valid() is false if the system refuses the address space.
  explicit ExtentChunk(std::size_t piece_bytes);

  [[nodiscard]] bool valid() const { return reservation_.data() != nullptr; }
  [[nodiscard]] std::size_t piece_bytes() const { return piece_bytes_; }
  [[nodiscard]] bool full() const { return taken_ == pieces_; }
  [[nodiscard]] bool idle() const { return taken_ == 0; }

  /// The lowest free piece, accessible; null if the system refuses access. Precondition: not full.
  [[nodiscard]] std::byte* take();
  void give_back(const std::byte* piece);

  // In the pool's list of the chunks of this size that are neither full nor idle.
  ExtentChunk* prev = nullptr;
  ExtentChunk* next = nullptr;

 private:
  Reservation reservation_;
  Window window_;
  std::size_t piece_bytes_;
  std::uint32_t pieces_;
  std::uint32_t taken_ = 0;
  std::array<std::uint64_t, kMostPieces / 64> free_{};  // bit i: piece i is free
};

}  // namespace libcache
