#include "server/persist/snapshot_input.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <cerrno>
#include <cstring>
#include <utility>

namespace sideline::persist {

std::variant<SnapshotInput, Failure> open_snapshot(const std::string& path) {
  // It may be a pipe, which would wait for somebody to write.
  FileDescriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  struct stat facts {};
  if (!file.is_open() || ::fstat(file.get(), &facts) != 0) {
    return Failure{0, std::strerror(errno)};
  }
  if (!S_ISREG(facts.st_mode)) return Failure{0, std::strerror(EINVAL)};
  return SnapshotInput{std::move(file), static_cast<std::uint64_t>(facts.st_size)};
}

}  // namespace sideline::persist
