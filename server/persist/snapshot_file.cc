#include "server/persist/snapshot_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <utility>

namespace sideline::persist {
namespace {

constexpr int kPermissions = 0666;  // but for the umask

/// Makes the names in a folder permanent.
bool sync_folder(const std::string& folder) {
  const int descriptor = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (descriptor < 0) return false;
  // Some file systems have nothing to sync in a folder, and say so.
  const bool synced = ::fsync(descriptor) == 0 || errno == EINVAL || errno == EBADF;
  const int error = errno;
  ::close(descriptor);
  errno = error;
  return synced;
}

}  // namespace

SnapshotFile::SnapshotFile(std::string folder, std::string name)
    : folder_(std::move(folder)),
      path_(folder_ + '/' + name),
      temporary_(folder_ + "/temp-" + std::to_string(::getpid()) + '-' + name) {
  // One that is there is of a process that was killed, or somebody's link to another file.
  ::unlink(temporary_.c_str());
  descriptor_ = ::open(temporary_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, kPermissions);
  exists_ = descriptor_ >= 0;
  if (!exists_) fail("open", temporary_);
}

SnapshotFile::~SnapshotFile() {
  close();
  if (exists_) ::unlink(temporary_.c_str());
}

void SnapshotFile::write(std::string_view bytes) {
  while (!failure_ && !bytes.empty()) {
    const ssize_t written = ::write(descriptor_, bytes.data(), bytes.size());
    if (written >= 0) {
      bytes.remove_prefix(static_cast<std::size_t>(written));
    } else if (errno != EINTR) {
      fail("write", temporary_);
    }
  }
}

std::optional<std::string> SnapshotFile::commit() {
  if (!failure_ && ::fsync(descriptor_) != 0) fail("sync", temporary_);
  close();
  if (failure_) return failure_;
  if (std::rename(temporary_.c_str(), path_.c_str()) != 0) {
    fail("rename", temporary_);
    return failure_;
  }
  exists_ = false;
  if (!sync_folder(folder_)) fail("sync", folder_);
  return failure_;
}

void SnapshotFile::fail(std::string_view what, const std::string& path) {
  failure_ = "can't " + std::string(what) + " '" + path + "': " + std::strerror(errno);
}

void SnapshotFile::close() {
  if (descriptor_ >= 0) ::close(std::exchange(descriptor_, -1));
}

}  // namespace sideline::persist
