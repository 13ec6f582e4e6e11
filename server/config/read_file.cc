#include "server/config/read_file.h"

#include <array>
#include <cerrno>
#include <fstream>

namespace sideline::config {

std::error_code read_file(const std::string& path, std::string& content) {
  content.clear();
  errno = 0;
  std::ifstream file(path, std::ios::binary);
  std::array<char, 4096> piece;
  do {
    file.read(piece.data(), piece.size());
    content.append(piece.data(), static_cast<std::size_t>(file.gcount()));
  } while (file);
  const bool failed = !file.is_open() || file.bad();
  return failed ? std::error_code(errno, std::generic_category()) : std::error_code();
}

}  // namespace sideline::config
