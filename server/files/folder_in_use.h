#pragma once

#include <fcntl.h>
#include <sys/file.h>

#include <string>

#include "server/files/file_descriptor.h"

namespace sideline {

/// Tells other programs that a folder is in use, as long as the descriptor is open: a shared
/// flock(2) on the folder itself, so that who wants to change what is in it can ask for an
/// exclusive one. Closed if there is no such folder, or no such lock on its file system: then
/// nothing is told.
[[nodiscard]] inline FileDescriptor mark_in_use(const std::string& folder) {
  FileDescriptor opened(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  // Somebody has it for a moment: waiting for what never ends would be worse than going without.
  if (opened.is_open() && ::flock(opened.get(), LOCK_SH | LOCK_NB) != 0) return FileDescriptor();
  return opened;
}

}  // namespace sideline
