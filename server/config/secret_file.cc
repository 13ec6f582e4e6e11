#include "server/config/secret_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstddef>
#include <system_error>

#include "server/files/file_descriptor.h"

namespace sideline::config {
namespace {

// Far more than a password has.
constexpr std::size_t kMaxBytes = std::size_t{64} << 10;

std::error_code last_error() { return {errno, std::generic_category()}; }

/// Reads a regular file into `content`, or as much of it as makes `content` longer than kMaxBytes.
std::error_code read(const std::string& path, std::string& content) {
  // A pipe would wait for somebody to write.
  const FileDescriptor file(::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC));
  struct stat facts {};
  if (!file.is_open() || ::fstat(file.get(), &facts) != 0) return last_error();
  if (S_ISDIR(facts.st_mode)) return std::make_error_code(std::errc::is_a_directory);
  if (!S_ISREG(facts.st_mode)) return std::make_error_code(std::errc::invalid_argument);
  std::array<char, 4096> piece;
  while (content.size() <= kMaxBytes) {
    const ssize_t bytes = ::read(file.get(), piece.data(), piece.size());
    if (bytes == 0) break;
    if (bytes < 0 && errno != EINTR) return last_error();
    if (bytes > 0) content.append(piece.data(), static_cast<std::size_t>(bytes));
  }
  return {};
}

}  // namespace

std::variant<std::string, SecretFailure> read_secret(const std::string& path) {
  std::string secret;
  const std::error_code error = read(path, secret);
  if (error == std::errc::invalid_argument) return SecretFailure{"'" + path + "' is no file"};
  if (error) {
    return SecretFailure{"can't read '" + path + "': " + error.message()};
  }
  if (secret.size() > kMaxBytes) return SecretFailure{"'" + path + "' is too long for a password"};
  if (secret.ends_with('\n')) secret.pop_back();
  if (secret.ends_with('\r')) secret.pop_back();
  if (secret.empty()) return SecretFailure{"'" + path + "' holds no password"};
  return secret;
}

}  // namespace sideline::config
