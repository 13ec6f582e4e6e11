#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace sideline::command {

/// A longest common subsequence of two byte strings: the bytes that are in both, in the same order,
/// with others between them.
///
/// The table of the textbook's dynamic programming, L(i, j) = the length for the first i bytes of
/// `a` and the first j of `b`, is kept as one bit a cell, and filled 64 cells at a time:
///
///     bit j of row i:  0 where L(i, j + 1) = L(i, j) + 1, and 1 where both are the same
///
/// (M. Crochemore, C. S. Iliopoulos, Y. J. Pinzon, J. F. Reid: A fast and practical bit-vector
/// algorithm for the longest common subsequence problem. Information Processing Letters 80, 2001.)
///
/// Time |a| * |b| / 64 steps. Memory |a| * (|b| / 8 + 1) bytes, and up to as much again, but no
/// more than 32 * |b|, while it is made.
class Lcs {
 public:
  /// Both must outlive it.
  Lcs(std::string_view a, std::string_view b);

  [[nodiscard]] std::size_t length() const { return length_; }

  /// Bytes that follow each other in both strings: a[a_begin + k] == b[b_begin + k] for k < size.
  struct Run {
    std::size_t a_begin;
    std::size_t b_begin;
    std::size_t size;

    bool operator==(const Run&) const = default;
  };
  /// The subsequence as runs, from the last one to the first. Where several subsequences are
  /// longest, it is the one that Redis chooses.
  [[nodiscard]] std::vector<Run> runs() const;
  /// The subsequence itself.
  [[nodiscard]] std::string text() const;

  /// The length alone, with memory for one row.
  [[nodiscard]] static std::size_t length(std::string_view a, std::string_view b);

 private:
  /// Whether byte j of `b` makes the subsequence of it and the first i bytes of `a` longer.
  [[nodiscard]] bool grows(std::size_t i, std::size_t j) const {
    return (rows_[(i - 1) * row_bytes_ + j / 8] >> j % 8 & 1) == 0;
  }

  std::string_view a_;
  std::string_view b_;
  std::size_t row_bytes_;
  std::vector<std::uint8_t> rows_;  // row i at (i - 1) * row_bytes_; row 0 would be all ones
  std::size_t length_;
};

}  // namespace sideline::command
