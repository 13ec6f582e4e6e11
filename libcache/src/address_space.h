#pragma once

#include <cstddef>

namespace libcache {

/// The unit in which memory is committed and charged: the page of x86-64 and of arm64's usual
/// kernels. Reservation refuses to work where the system's page is larger.
inline constexpr std::size_t kPageBytes = 4096;

[[nodiscard]] constexpr std::size_t round_up_to_page(std::size_t bytes) {
  return (bytes + kPageBytes - 1) / kPageBytes * kPageBytes;
}

/// Address space without memory behind it: nothing in it may be touched until a Window makes a part
/// of it accessible. Page aligned. Given back by the destructor.
class Reservation {
 public:
  Reservation() = default;
  /// data() is null if the system refuses.
  explicit Reservation(std::size_t bytes);
  ~Reservation();
  Reservation(Reservation&& other) noexcept;
  Reservation& operator=(Reservation&& other) noexcept;

  [[nodiscard]] std::byte* data() const { return data_; }
  [[nodiscard]] std::size_t size() const { return size_; }

 private:
  std::byte* data_ = nullptr;
  std::size_t size_ = 0;
};

/// A part of a Reservation that becomes accessible from its start on, and stays so. Its pages read
/// as zero and take no memory until they are written.
///
/// Why not all at once: where the system does not overcommit (vm.overcommit_memory=2), accessible
/// memory counts as used. Why a prefix that grows in steps: each change of access inside a mapping
/// splits it, and the kernel allows some 65,000 mappings (vm.max_map_count).
class Window {
 public:
  Window() = default;
  Window(std::byte* begin, std::size_t size) : begin_(begin), size_(size) {}

  /// Makes the first `bytes` accessible. False if the system refuses. Precondition: bytes <= size.
  [[nodiscard]] bool reach(std::size_t bytes) { return bytes <= accessible_ || extend(bytes); }

 private:
  bool extend(std::size_t bytes);

  std::byte* begin_ = nullptr;
  std::size_t size_ = 0;
  std::size_t accessible_ = 0;
};

/// Gives the memory of whole pages back to the system. They stay accessible and read as zero.
void unmap_pages(std::byte* begin, std::size_t bytes);

}  // namespace libcache
