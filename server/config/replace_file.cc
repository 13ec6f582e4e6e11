#include "server/config/replace_file.h"

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <string>

#include "server/files/file_descriptor.h"
#include "server/files/sync_folder.h"
#include "server/files/write_all.h"

namespace sideline::config {
namespace {

std::error_code last_error() { return {errno, std::generic_category()}; }

}  // namespace

std::error_code replace_file(const std::filesystem::path& link, std::string_view content) {
  std::error_code not_there;
  std::filesystem::path path = std::filesystem::canonical(link, not_there);
  if (not_there) path = link;
  struct stat old {};
  const bool is_new = ::stat(path.c_str(), &old) != 0;
  if (is_new && errno != ENOENT) return last_error();
  std::string temporary = path.string() + "-XXXXXX";
  const FileDescriptor file(::mkstemp(temporary.data()));
  if (!file.is_open()) return last_error();
  if ((!is_new && ::fchmod(file.get(), old.st_mode & 0777) != 0) ||
      !write_all(file.get(), content) || ::fsync(file.get()) != 0 ||
      ::rename(temporary.c_str(), path.c_str()) != 0) {
    const std::error_code error = last_error();
    ::unlink(temporary.c_str());
    return error;
  }
  const std::filesystem::path parent = path.has_parent_path() ? path.parent_path() : ".";
  return sync_folder(parent.string()) ? std::error_code() : last_error();
}

}  // namespace sideline::config
