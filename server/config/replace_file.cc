#include "server/config/replace_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <string>

namespace sideline::config {
namespace {

std::error_code last_error() { return {errno, std::generic_category()}; }

/// A file descriptor that is closed in the end.
class File {
 public:
  explicit File(int descriptor) : descriptor_(descriptor) {}
  File(const File&) = delete;
  File& operator=(const File&) = delete;
  ~File() {
    if (is_open()) ::close(descriptor_);
  }

  [[nodiscard]] bool is_open() const { return descriptor_ >= 0; }
  [[nodiscard]] bool sync() const { return ::fsync(descriptor_) == 0; }
  [[nodiscard]] bool set_mode(mode_t mode) const { return ::fchmod(descriptor_, mode) == 0; }
  [[nodiscard]] bool write(std::string_view bytes) const {
    while (!bytes.empty()) {
      const ssize_t written = ::write(descriptor_, bytes.data(), bytes.size());
      if (written < 0 && errno != EINTR) return false;
      if (written > 0) bytes.remove_prefix(static_cast<std::size_t>(written));
    }
    return true;
  }

 private:
  int descriptor_;
};

}  // namespace

std::error_code replace_file(const std::filesystem::path& link, std::string_view content) {
  std::error_code not_there;
  std::filesystem::path path = std::filesystem::canonical(link, not_there);
  if (not_there) path = link;
  struct stat old {};
  const bool is_new = ::stat(path.c_str(), &old) != 0;
  if (is_new && errno != ENOENT) return last_error();
  std::string temporary = path.string() + "-XXXXXX";
  const File file(::mkstemp(temporary.data()));
  if (!file.is_open()) return last_error();
  if ((!is_new && !file.set_mode(old.st_mode & 0777)) || !file.write(content) || !file.sync() ||
      ::rename(temporary.c_str(), path.c_str()) != 0) {
    const std::error_code error = last_error();
    ::unlink(temporary.c_str());
    return error;
  }
  const std::filesystem::path parent = path.has_parent_path() ? path.parent_path() : ".";
  const File folder(::open(parent.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  return folder.is_open() && folder.sync() ? std::error_code() : last_error();
}

}  // namespace sideline::config
