#include "server/persist/folder_mark.h"

#include <fcntl.h>
#include <sys/file.h>

#include <cerrno>
#include <cstring>
#include <utility>

namespace sideline::persist {

FolderMark::FolderMark(log::Log& log, std::string folder) : log_(log), folder_(std::move(folder)) {
  try_to_set();
}

void FolderMark::try_to_set() {
  if (is_set()) return;
  FileDescriptor opened(::open(folder_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (opened.is_open() && ::flock(opened.get(), LOCK_SH | LOCK_NB) == 0) {
    marked_ = std::move(opened);
    if (has_failed_) log_.notice({"The folder '", folder_, "' is marked as in use"});
    return;
  }
  const int error = errno;
  if (std::exchange(has_failed_, true)) return;
  log_.warning({"Can't mark the folder '", folder_, "' as in use: ",
                error == EWOULDBLOCK ? "another program has it for itself" : std::strerror(error),
                "; until that is over a restore does not know of this server"});
}

}  // namespace sideline::persist
