#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>

namespace sideline::persist {

/// As much of a file is read at once, and then taken apart: with what becomes of it, it stays in a
/// second-level cache of 512 KiB and more.
inline constexpr std::size_t kPieceBytes = std::size_t{256} << 10;

/// Why a snapshot is refused, and where.
struct Failure {
  std::uint64_t offset;
  std::string reason;
};

/// Takes the bytes of a snapshot one after the other. After a failure (the bytes are used up before
/// the snapshot ends, or whoever reads them found something wrong) there are no more: what is taken
/// is empty or 0. So only loops and the end need to ask whether all is well.
class ByteReader {
 public:
  ByteReader(const ByteReader&) = delete;
  ByteReader& operator=(const ByteReader&) = delete;

  [[nodiscard]] bool ok() const { return !failure_; }
  /// The first one.
  [[nodiscard]] const std::optional<Failure>& failure() const { return failure_; }
  void fail(std::string reason);

  /// Where the next byte is in the snapshot.
  [[nodiscard]] std::uint64_t offset() const { return window_end_ - at_hand(); }
  [[nodiscard]] std::uint64_t left() const { return size_ - offset(); }

  /// The next bytes; valid until more are taken.
  [[nodiscard]] std::string_view take(std::uint64_t count) {
    if (count > at_hand() && !fetch(count)) return {};
    const char* const begin = at_;
    at_ += count;
    return {begin, static_cast<std::size_t>(count)};
  }
  /// Passes bytes over, however many they are.
  void skip(std::uint64_t count) {
    if (count > at_hand()) return skip_further(count);
    at_ += count;
  }

  [[nodiscard]] std::uint8_t byte() {
    if (at_ == end_ && !fetch(1)) return 0;
    return static_cast<std::uint8_t>(*at_++);
  }
  template <class Number>
  [[nodiscard]] Number little_endian() {
    static_assert(std::is_arithmetic_v<Number>);
    Number number{};
    const std::string_view bytes = take(sizeof number);
    if (!bytes.empty()) std::memcpy(&number, bytes.data(), sizeof number);
    return number;
  }

 protected:
  /// `window` is at hand; it begins at `offset` of a snapshot of `size` bytes.
  ByteReader(std::string_view window, std::uint64_t offset, std::uint64_t size)
      : at_(window.data()),
        end_(window.data() + window.size()),
        window_end_(offset + window.size()),
        size_(size) {}
  ~ByteReader() = default;

  [[nodiscard]] std::string_view window() const {
    return {at_, static_cast<std::size_t>(end_ - at_)};
  }
  /// `window` begins where window() does.
  void set_window(std::string_view window);

 private:
  /// Makes the window at least so large, which is no more than left(). False, with a failure, if
  /// the bytes cannot be had.
  [[nodiscard]] virtual bool enlarge(std::size_t count) = 0;
  [[nodiscard]] bool fetch(std::uint64_t count);
  void skip_further(std::uint64_t count);
  [[nodiscard]] std::uint64_t at_hand() const { return static_cast<std::uint64_t>(end_ - at_); }

  const char* at_;
  const char* end_;
  std::uint64_t window_end_;  // its offset
  std::uint64_t size_;
  std::optional<Failure> failure_;
};

/// A part of a snapshot that is in memory.
class MemoryReader final : public ByteReader {
 public:
  /// `bytes` begin at `offset` of the snapshot.
  explicit MemoryReader(std::string_view bytes, std::uint64_t offset = 0)
      : ByteReader(bytes, offset, offset + bytes.size()) {}

 private:
  bool enlarge(std::size_t) override { return false; }  // all that is left is there
};

}  // namespace sideline::persist
