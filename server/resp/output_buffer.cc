#include "server/resp/output_buffer.h"

#include <algorithm>
#include <utility>

namespace sideline::resp {
namespace {

// Blocks of 1, 4, 16 and then always 64 KiB: an idle connection that only ever had small replies
// holds 1 KiB, and a long answer needs few blocks.
constexpr std::size_t kFirstBlock = 1024;
constexpr std::size_t kLastBlock = 65'536;
constexpr std::size_t kBlockGrowth = 4;

// What an empty buffer keeps: room for a pipeline of 200 replies of 64 bytes, and for the pieces of
// a few lent values.
constexpr std::size_t kKeptBlock = 16'384;
constexpr std::size_t kKeptPieces = 32;

}  // namespace

void OutputBuffer::append(std::string_view bytes) {
  bytes.copy(prepare(bytes.size()), bytes.size());
  commit(bytes.size());
}

void OutputBuffer::append_shared(std::string_view bytes, std::shared_ptr<const void> owner,
                                 std::size_t owned) {
  if (bytes.size() < kLoanBytes) return append(bytes);
  if (auto loan = borrow(owned)) {
    complete_pieces();
    add_piece(bytes, {std::move(owner), std::move(loan)});
    size_ += bytes.size();
    lent_ += bytes.size();
    return;
  }
  if (limit_ != 0 && size_ - lent_ + bytes.size() > limit_) return overflow();
  append(bytes);
}

std::optional<LoanBudget::Loan> OutputBuffer::borrow(std::size_t bytes) {
  if (budget_ == nullptr) return LoanBudget::Loan();
  return budget_->take(bytes);
}

void OutputBuffer::complete_pieces() {
  const std::size_t bytes = block_.used - block_.in_pieces;
  if (bytes == 0) return;
  if (last_piece_is_in_block()) {
    std::string_view& last = pieces_.back();
    last = {last.data(), last.size() + bytes};
  } else {
    add_piece({block_.bytes.get() + block_.in_pieces, bytes}, {block_.bytes, std::nullopt});
  }
  block_.in_pieces = block_.used;
}

void OutputBuffer::truncate(std::size_t size) {
  if (size == 0) return reset();
  if (size >= size_) return;
  const std::size_t in_no_piece = std::min(size_ - size, block_.used - block_.in_pieces);
  block_.used -= in_no_piece;
  size_ -= in_no_piece;
  if (size_ == size) return;
  while (size_ - pieces_.back().size() >= size) drop_last_piece();
  cut_last_piece(size_ - size);
}

std::span<const std::string_view> OutputBuffer::front(std::size_t max) {
  complete_pieces();
  return std::span(pieces_).subspan(head_, std::min(max, pieces_.size() - head_));
}

void OutputBuffer::consume(std::size_t bytes) {
  if (bytes == size_) return reset();
  complete_pieces();
  while (bytes >= pieces_[head_].size()) {
    bytes -= pieces_[head_].size();
    forget(head_, pieces_[head_].size());
    owners_[head_++] = {};
  }
  pieces_[head_].remove_prefix(bytes);
  forget(head_, bytes);

  // A buffer that is never empty must not collect consumed pieces. Half of them are moved at most
  // once for each that was consumed, so the work stays linear.
  if (head_ >= kKeptPieces && head_ >= pieces_.size() / 2) {
    const auto consumed = static_cast<std::ptrdiff_t>(head_);
    pieces_.erase(pieces_.begin(), pieces_.begin() + consumed);
    owners_.erase(owners_.begin(), owners_.begin() + consumed);
    head_ = 0;
  }
}

void OutputBuffer::clear() {
  // Not `= {}`, which keeps a vector's memory.
  pieces_ = decltype(pieces_)();
  owners_ = decltype(owners_)();
  head_ = size_ = lent_ = 0;
  block_ = {};
}

void OutputBuffer::add_block(std::size_t bytes) {
  if (limit_ != 0 && size_ - lent_ >= limit_) overflow();
  complete_pieces();
  const std::size_t next = std::clamp(block_.capacity * kBlockGrowth, kFirstBlock, kLastBlock);
  const std::size_t capacity = std::max(next, bytes);
  block_ = {std::shared_ptr<char[]>(new char[capacity]), 0, 0, capacity};
}

void OutputBuffer::overflow() {
  clear();
  overflowed_ = true;
}

void OutputBuffer::add_piece(std::string_view bytes, Owner owner) {
  pieces_.push_back(bytes);
  try {
    owners_.push_back(std::move(owner));
  } catch (...) {
    pieces_.pop_back();
    throw;
  }
}

void OutputBuffer::forget(std::size_t i, std::size_t bytes) {
  size_ -= bytes;
  if (owners_[i].loan) lent_ -= bytes;
}

void OutputBuffer::drop_last_piece() {
  cut_last_piece(pieces_.back().size());
  pieces_.pop_back();
  owners_.pop_back();
}

void OutputBuffer::cut_last_piece(std::size_t bytes) {
  if (last_piece_is_in_block()) block_.used = block_.in_pieces -= bytes;
  pieces_.back().remove_suffix(bytes);
  forget(pieces_.size() - 1, bytes);
}

void OutputBuffer::reset() {
  if (pieces_.capacity() > kKeptPieces || block_.capacity > kKeptBlock) return clear();
  pieces_.clear();
  owners_.clear();
  head_ = size_ = lent_ = 0;
  block_.used = block_.in_pieces = 0;
}

bool OutputBuffer::last_piece_is_in_block() const {
  return !owners_.empty() && owners_.back().bytes.get() == block_.bytes.get();
}

}  // namespace sideline::resp
