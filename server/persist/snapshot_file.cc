#include "server/persist/snapshot_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <utility>

#include "server/files/sync_folder.h"
#include "server/files/write_all.h"

namespace sideline::persist {
namespace {

constexpr int kPermissions = 0666;  // but for the umask

}  // namespace

SnapshotFile::SnapshotFile(std::string folder, std::string name)
    : folder_(std::move(folder)),
      path_(folder_ + '/' + name),
      temporary_(folder_ + "/temp-" + std::to_string(::getpid()) + '-' + name) {
  // One that is there is of a process that was killed, or somebody's link to another file.
  ::unlink(temporary_.c_str());
  constexpr int kFlags = O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC;
  file_ = FileDescriptor(::open(temporary_.c_str(), kFlags, kPermissions));
  exists_ = file_.is_open();
  if (!exists_) fail("open", temporary_);
}

SnapshotFile::~SnapshotFile() {
  if (exists_) ::unlink(temporary_.c_str());
}

void SnapshotFile::write(std::string_view bytes) {
  if (!failure_ && !write_all(file_.get(), bytes)) fail("write", temporary_);
}

std::optional<std::string> SnapshotFile::commit() {
  if (!failure_ && ::fsync(file_.get()) != 0) fail("sync", temporary_);
  file_ = FileDescriptor();
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

}  // namespace sideline::persist
