#include "server/net/read_buffer.h"

#include <algorithm>
#include <cstring>
#include <new>

namespace sideline::net {
namespace {

// Growing by 4, shrinking by 2 after 64 small reads: a peer that alternates between sizes stays
// with the larger.
constexpr std::size_t kGrowth = 4;
constexpr int kSmallReads = 64;

}  // namespace

std::span<char> ReadBuffer::prepare(std::size_t wanted) {
  if (begin_ == end_) {
    reuse();
  } else {
    std::memmove(data_.get(), data_.get() + begin_, size());
    end_ -= begin_;
    begin_ = 0;
    // Less than a read's worth of room would make many reads of a long request.
    const std::size_t room = capacity_ - end_;
    const std::size_t useful = std::clamp(wanted, read_size_ / 2, kMaxRead);
    if (room < useful) {
      const std::size_t needed = end_ + std::max(wanted, read_size_);
      resize(std::min(std::max(capacity_ * 2, end_ + useful), std::max(needed, end_ + useful)));
    }
  }
  return {data_.get() + end_, capacity_ - end_};
}

void ReadBuffer::commit(std::size_t bytes) {
  end_ += bytes;
  if (end_ == capacity_) {
    read_size_ = std::min(std::max(read_size_, bytes) * kGrowth, kMaxRead);
    small_reads_ = 0;
  } else if (bytes >= read_size_ / 4) {
    small_reads_ = 0;
  } else if (++small_reads_ == kSmallReads) {
    read_size_ = std::max(read_size_ / 2, kMinRead);
    small_reads_ = 0;
  }
}

void ReadBuffer::clear() {
  data_.reset();
  capacity_ = begin_ = end_ = 0;
  read_size_ = kMinRead;
  small_reads_ = 0;
}

/// All bytes were used: the next read goes to the start of a piece of the right size.
void ReadBuffer::reuse() {
  begin_ = end_ = 0;
  if (capacity_ == read_size_) return;
  data_.reset();
  resize(read_size_);
}

void ReadBuffer::resize(std::size_t capacity) {
  auto* const memory = static_cast<char*>(std::realloc(data_.get(), capacity));
  if (memory == nullptr) throw std::bad_alloc();
  static_cast<void>(data_.release());
  data_.reset(memory);
  capacity_ = capacity;
}

}  // namespace sideline::net
