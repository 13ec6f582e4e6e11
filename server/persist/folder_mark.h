#pragma once

#include <string>

#include "server/files/file_descriptor.h"
#include "server/log/log.h"

namespace sideline::persist {

/// Tells other programs that a folder is in use, as long as this lives: a shared flock(2) on the
/// folder itself, so that who wants to change what is in it can ask for an exclusive one. Used by
/// one thread at a time.
class FolderMark {
 public:
  /// Tries to set it. `log` must outlive it.
  FolderMark(log::Log& log, std::string folder);

  [[nodiscard]] bool is_set() const { return marked_.is_open(); }
  /// Sets it unless it is set. That fails while somebody has the folder for himself, and is not
  /// waited for; the log is told once, and again when the mark is set in the end.
  void try_to_set();

 private:
  log::Log& log_;
  const std::string folder_;
  FileDescriptor marked_;
  bool has_failed_ = false;
};

}  // namespace sideline::persist
