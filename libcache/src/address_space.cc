#include "address_space.h"

#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <utility>

namespace libcache {
namespace {

// One mprotect a MiB while small, then an eighth of what is accessible already: 8 GiB take some 80
// calls, and a system that does not overcommit counts at most an eighth too much.
constexpr std::size_t kSmallestStep = std::size_t{1} << 20;

void choose_page_policy(std::byte* data, std::size_t bytes) {
  // One touched byte must commit 4 KiB, as charged; with huge pages "always" on it could commit
  // 2 MiB. Where that is wanted the arena says so (HugePages). Refused by kernels without huge
  // pages: then there is nothing to prevent.
  ::madvise(data, bytes, MADV_NOHUGEPAGE);
  // Cached data is large and not what a core dump is read for. Advice: a refusal changes nothing.
  ::madvise(data, bytes, MADV_DONTDUMP);
}

}  // namespace

Reservation::Reservation(std::size_t bytes) {
  if (static_cast<std::size_t>(::sysconf(_SC_PAGESIZE)) != kPageBytes) return;
  void* data =
      ::mmap(nullptr, bytes, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (data == MAP_FAILED) return;
  data_ = static_cast<std::byte*>(data);
  size_ = bytes;
  choose_page_policy(data_, size_);
}

Reservation::~Reservation() {
  if (data_ != nullptr) ::munmap(data_, size_);
}

Reservation::Reservation(Reservation&& other) noexcept
    : data_(std::exchange(other.data_, nullptr)), size_(std::exchange(other.size_, 0)) {}

Reservation& Reservation::operator=(Reservation&& other) noexcept {
  std::swap(data_, other.data_);
  std::swap(size_, other.size_);
  return *this;
}

bool Window::extend(std::size_t bytes) {
  const std::size_t step = std::max(kSmallestStep, accessible_ / 8 / kPageBytes * kPageBytes);
  const std::size_t target = std::min(size_, std::max(accessible_ + step, round_up_to_page(bytes)));
  if (::mprotect(begin_ + accessible_, target - accessible_, PROT_READ | PROT_WRITE) != 0) {
    return false;
  }
  accessible_ = target;
  return true;
}

void unmap_pages(std::byte* begin, std::size_t bytes) {
  // Plain MADV_DONTNEED is refused only for locked pages: the process called mlockall().
  if (::madvise(begin, bytes, MADV_DONTNEED) != 0) ::madvise(begin, bytes, MADV_DONTNEED_LOCKED);
}

}  // namespace libcache
