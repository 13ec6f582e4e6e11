#include "server/persist/byte_reader.h"

#include <algorithm>
#include <utility>

namespace sideline::persist {

void ByteReader::fail(std::string reason) {
  if (failure_) return;
  failure_ = Failure{offset(), std::move(reason)};
  window_end_ = offset();
  size_ = window_end_;
  end_ = at_;
}

void ByteReader::set_window(std::string_view window) {
  window_end_ = offset() + window.size();
  at_ = window.data();
  end_ = at_ + window.size();
}

bool ByteReader::fetch(std::uint64_t count) {
  if (count <= left()) return enlarge(static_cast<std::size_t>(count));
  fail("it ends too early");
  return false;
}

void ByteReader::skip_further(std::uint64_t count) {
  // Checked at once, so that nothing is read in vain.
  if (count > left()) return fail("it ends too early");
  constexpr std::uint64_t kPiece = 4096;
  while (count != 0 && ok()) {
    const std::uint64_t piece = std::min(count, std::max(at_hand(), kPiece));
    static_cast<void>(take(piece));
    count -= piece;
  }
}

}  // namespace sideline::persist
