#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "server/resp/loan_budget.h"

namespace sideline::resp {

/// The bytes that wait to be sent to one peer: a list of pieces, either written here or lent by
/// somebody else.
///
/// Small replies are appended to one block of memory, and to a further, larger one when it is full;
/// bytes never move once they are written. A large value is not copied: the buffer keeps its
/// `owner` alive until the bytes are consumed. Not thread-safe; belongs to one connection.
class OutputBuffer {
 public:
  /// Below this many bytes a loan costs more than a copy: it adds two pieces to the gathering write
  /// and two atomic operations on the owner. Measured with 16 replies a write: 100 ns more than a
  /// copy at 1 KiB, the same at 2 KiB, a quarter of it at 16 KiB. A copy also lets go of the owner
  /// at once, and with it of a pin in the cache.
  static constexpr std::size_t kLoanBytes = 2048;

  /// `budget`, which must outlive this, bounds what is lent; null: nothing does.
  explicit OutputBuffer(LoanBudget* budget = nullptr) : budget_(budget) {}
  OutputBuffer(const OutputBuffer&) = delete;
  OutputBuffer& operator=(const OutputBuffer&) = delete;

  /// Copies `bytes` to the end.
  void append(std::string_view bytes);

  /// Adds `bytes` to the end: from kLoanBytes on without copying them, as far as the budget allows;
  /// `owner` (not null) keeps them valid and unchanged. `owned` is how many bytes of memory live as
  /// long as the owner: what it takes of the budget until all of `bytes` are consumed.
  void append_shared(std::string_view bytes, std::shared_ptr<const void> owner, std::size_t owned);

  /// For writers that make their bytes in place: room for `bytes` bytes at the end, and, before any
  /// other call, the number of them that were written.
  [[nodiscard]] char* prepare(std::size_t bytes) {
    if (block_.capacity - block_.used < bytes) add_block(bytes);
    return block_.bytes.get() + block_.used;
  }
  void commit(std::size_t bytes) {
    block_.used += bytes;
    size_ += bytes;
  }

  /// Bytes that are not consumed yet.
  [[nodiscard]] std::size_t size() const { return size_; }
  [[nodiscard]] bool empty() const { return size_ == 0; }

  /// How many of them are lent by somebody else.
  [[nodiscard]] std::size_t lent() const { return lent_; }

  /// Bounds the bytes that are held here (those that are lent do not count); 0 is no limit. Where
  /// one more block of memory would exceed it, or a copy of what cannot be lent, all bytes are
  /// dropped instead, and overflowed() stays true: what is written afterwards makes no sense any
  /// more and must not be sent.
  void set_limit(std::size_t bytes) { limit_ = bytes; }
  [[nodiscard]] bool overflowed() const { return overflowed_; }

  /// Cuts everything behind the first `size` bytes off. Precondition: size <= size(), unless
  /// overflowed().
  void truncate(std::size_t size);

  /// Up to `max` pieces from the front, in order, for a gathering write. Valid until the next
  /// change. Throws std::bad_alloc; then nothing has changed.
  [[nodiscard]] std::span<const std::string_view> front(std::size_t max);

  /// Drops the first `bytes` bytes: they were sent. Keeps the memory of a small buffer for the next
  /// replies. Precondition: bytes <= size().
  void consume(std::size_t bytes);

  /// Drops all bytes and all memory.
  void clear();

 private:
  struct Owner {
    std::shared_ptr<const void> bytes;
    std::optional<LoanBudget::Loan> loan;  // nothing: one of our blocks
  };

  /// Memory for bytes that are written here. Pieces share it, so it lives until they are consumed.
  struct Block {
    std::shared_ptr<char[]> bytes;
    std::size_t used = 0;
    std::size_t in_pieces = 0;  ///< of those that are used: what is behind is in no piece yet
    std::size_t capacity = 0;
  };

  [[nodiscard]] std::optional<LoanBudget::Loan> borrow(std::size_t bytes);
  void add_block(std::size_t bytes);
  void overflow();
  /// Puts what was written into the last piece, or a new one: once for many replies.
  void complete_pieces();
  void add_piece(std::string_view bytes, Owner owner);
  /// `bytes` of piece `i` are gone.
  void forget(std::size_t i, std::size_t bytes);
  // Precondition of both: all bytes are in pieces.
  void drop_last_piece();
  void cut_last_piece(std::size_t bytes);
  /// All bytes are gone: keeps the memory for the next, unless it is much.
  void reset();
  [[nodiscard]] bool last_piece_is_in_block() const;

  // pieces_[i] is kept valid by owners_[i]; those before head_ are consumed and have no owner any
  // more. A piece from head_ on is never empty. Behind the last one comes what is in no piece yet:
  // what block_ has from in_pieces to used. size_ is the sum of their sizes and of that, lent_ of
  // those whose owner has a loan. If the last piece lies in block_, it ends at in_pieces, and can
  // grow.
  LoanBudget* budget_;
  std::vector<std::string_view> pieces_;
  std::vector<Owner> owners_;
  std::size_t head_ = 0;
  std::size_t size_ = 0;
  std::size_t lent_ = 0;
  std::size_t limit_ = 0;
  bool overflowed_ = false;
  Block block_;
};

}  // namespace sideline::resp
