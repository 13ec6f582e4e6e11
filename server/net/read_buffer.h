#pragma once

#include <cstddef>
#include <cstdlib>
#include <memory>
#include <span>
#include <string_view>

namespace sideline::net {

/// The bytes that one peer sent and nobody used yet, in one piece, and room for more.
///
/// Its size follows what the peer really does. It starts small; a read that fills it makes the next
/// one larger, up to kMaxRead; many reads that need little of it make it small again. A partial
/// request that does not fit doubles it; once that request is used, the memory is given back.
/// Not thread-safe.
class ReadBuffer {
 public:
  /// An idle connection that sends small requests holds no more than this.
  static constexpr std::size_t kMinRead = 1024;
  /// What a deep pipeline is read by: half of a typical second-level cache less the replies.
  static constexpr std::size_t kMaxRead = 64 * 1024;

  /// Room for the next read, never empty. `wanted` is how many bytes are missing at least, and
  /// bounds the growth. Invalidates unread().
  [[nodiscard]] std::span<char> prepare(std::size_t wanted);

  /// The first `bytes` of the room were filled.
  void commit(std::size_t bytes);

  [[nodiscard]] std::string_view unread() const { return {data_.get() + begin_, size()}; }
  void consume(std::size_t bytes) { begin_ += bytes; }

  [[nodiscard]] std::size_t size() const { return end_ - begin_; }
  [[nodiscard]] std::size_t capacity() const { return capacity_; }

  /// Gives all memory back, what is unread with it, and starts as a new one would.
  void clear();

 private:
  struct Free {
    void operator()(char* memory) const { std::free(memory); }
  };

  void reuse();
  void resize(std::size_t capacity);

  // malloc's memory, as realloc() moves a large piece without copying it.
  std::unique_ptr<char[], Free> data_;
  std::size_t capacity_ = 0;
  std::size_t begin_ = 0;             // unread bytes lie from here
  std::size_t end_ = 0;               // to here
  std::size_t read_size_ = kMinRead;  // what an empty buffer offers: kMinRead to kMaxRead
  int small_reads_ = 0;               // in a row, that needed less than a quarter of it
};

}  // namespace sideline::net
