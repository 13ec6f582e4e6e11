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

// So many bytes are on their way to the disk while as many are written: all at once, at the end,
// they would keep the disk, and the kernel, from everybody else for long.
constexpr std::uint64_t kPiece = std::uint64_t{4} << 20;

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
  if (failure_) return;
  if (!write_all(file_.get(), bytes)) return fail("write", temporary_);
  written_ += bytes.size();
  if (written_ - on_its_way_ >= kPiece) send_on_its_way();
}

/// Starts to write a piece to the disk, and waits for the one before.
void SnapshotFile::send_on_its_way() {
  sync_range(on_its_way_, written_, SYNC_FILE_RANGE_WRITE);
  if (on_its_way_ != 0) sync_range(on_disk_, on_its_way_, SYNC_FILE_RANGE_WAIT_BEFORE);
  on_disk_ = std::exchange(on_its_way_, written_);
}

void SnapshotFile::sync_range(std::uint64_t begin, std::uint64_t end, unsigned flags) {
  const int result = ::sync_file_range(file_.get(), static_cast<off64_t>(begin),
                                       static_cast<off64_t>(end - begin), flags);
  // What the disk refuses is told once, so fsync() might not tell of it again. A file system that
  // knows no ranges is no failure.
  if (result != 0 && (errno == EIO || errno == ENOSPC || errno == EDQUOT)) fail("sync", temporary_);
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
