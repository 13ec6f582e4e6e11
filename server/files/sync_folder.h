#pragma once

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <string>

#include "server/files/file_descriptor.h"

namespace sideline {

/// Makes the names in a folder permanent, so that a file that was renamed there is found by its new
/// one after a crash. False, with errno, if that fails.
[[nodiscard]] inline bool sync_folder(const std::string& path) {
  const FileDescriptor folder(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!folder.is_open()) return false;
  // Some file systems have nothing to sync in a folder, and say so.
  return ::fsync(folder.get()) == 0 || errno == EINVAL || errno == EBADF;
}

}  // namespace sideline
