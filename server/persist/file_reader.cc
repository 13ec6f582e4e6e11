#include "server/persist/file_reader.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "server/persist/crc64.h"

namespace sideline::persist {

bool read_at(int descriptor, std::uint64_t offset, char* to, std::size_t count) {
  while (count != 0) {
    errno = 0;
    const ssize_t got = ::pread(descriptor, to, count, static_cast<off_t>(offset));
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return false;
    to += got;
    offset += static_cast<std::uint64_t>(got);
    count -= static_cast<std::size_t>(got);
  }
  return true;
}

std::uint64_t FileReader::checksum() {
  const char* const end = window().data();
  crc_ = crc64(crc_, {summed_, static_cast<std::size_t>(end - summed_)});
  summed_ = end;
  return crc_;
}

bool FileReader::enlarge(std::size_t count) {
  static_cast<void>(checksum());
  const std::size_t kept = window().size();
  const std::uint64_t next = offset() + kept;
  if (kept != 0) std::memmove(buffer_.data(), window().data(), kept);
  if (buffer_.size() < count) buffer_.resize(std::max(count, kPieceBytes));
  const auto more =
      static_cast<std::size_t>(std::min<std::uint64_t>(buffer_.size() - kept, left() - kept));
  set_window({buffer_.data(), kept});
  summed_ = buffer_.data();
  if (!read_at(descriptor_, next, buffer_.data() + kept, more)) {
    fail(errno == 0 ? "the file has become shorter" : std::strerror(errno));
    return false;
  }
  set_window({buffer_.data(), kept + more});
  return true;
}

}  // namespace sideline::persist
