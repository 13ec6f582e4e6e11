#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "server/persist/byte_reader.h"

namespace sideline::persist {

/// A snapshot in a file, read in large pieces. Its memory is one piece, or the longest string that
/// was taken at once.
class FileReader final : public ByteReader {
 public:
  /// `descriptor` is open, and stays so; the file has `size` bytes.
  FileReader(int descriptor, std::uint64_t size)
      : ByteReader({}, 0, size), descriptor_(descriptor) {}

  /// Of all that was taken and passed over so far (crc64.h).
  [[nodiscard]] std::uint64_t checksum();

 private:
  bool enlarge(std::size_t count) override;

  int descriptor_;
  std::string buffer_;
  const char* summed_ = nullptr;  // where the bytes begin that are taken, but not in crc_
  std::uint64_t crc_ = 0;
};

/// Reads `count` bytes at `offset` of a file into `to`: false if they are not there, or not to be
/// had (errno tells which, 0 for the former).
[[nodiscard]] bool read_at(int descriptor, std::uint64_t offset, char* to, std::size_t count);

}  // namespace sideline::persist
