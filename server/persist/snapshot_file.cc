#include "server/persist/snapshot_file.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <cstdio>
#include <cstring>
#include <memory>
#include <utility>

#include "server/files/sync_folder.h"
#include "server/files/write_all.h"

namespace sideline::persist {
namespace {

constexpr int kPermissions = 0666;  // but for the umask

// So many bytes are on their way to the disk while as many are written: all at once, at the end,
// they would keep the disk, and the kernel, from everybody else for long.
constexpr std::uint64_t kPiece = std::uint64_t{4} << 20;

constexpr std::string_view kPrefix = "temp-";

std::string temporary_name(pid_t process, std::string_view name) {
  return std::string(kPrefix) + std::to_string(process) + '-' + std::string(name);
}

/// The process whose temporary file for `name` has that name; 0 if it is none.
pid_t maker_of(std::string_view file, std::string_view name) {
  if (!file.starts_with(kPrefix)) return 0;
  pid_t process = 0;
  std::from_chars(file.data() + kPrefix.size(), file.data() + file.size(), process);
  return process > 0 && file == temporary_name(process, name) ? process : 0;
}

/// Whether nobody writes that temporary file any more: who does has it locked (flock), wherever it
/// runs and whatever its number is there.
bool is_left(const char* path, bool is_of_our_number) {
  const FileDescriptor file(::open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
  if (!file.is_open()) return errno == ELOOP;  // somebody's link to another file
  if (::flock(file.get(), LOCK_EX | LOCK_NB) == 0) return true;
  return errno != EWOULDBLOCK && is_of_our_number;  // the file system knows no locks
}

/// Removes what processes that were killed have left, each up to as large as a snapshot. A folder
/// that cannot be read is left alone: that is no reason not to save. (std::filesystem's iterator
/// ends the process if there is no memory for it.)
void remove_left_ones(const std::string& folder, std::string_view name) {
  const std::unique_ptr<DIR, int (*)(DIR*)> files(::opendir(folder.c_str()), ::closedir);
  if (files == nullptr) return;
  while (const dirent* const file = ::readdir(files.get())) {
    const pid_t maker = maker_of(file->d_name, name);
    if (maker == 0) continue;
    const std::string path = folder + '/' + file->d_name;
    if (is_left(path.c_str(), maker == ::getpid())) ::unlink(path.c_str());
  }
}

}  // namespace

SnapshotFile::SnapshotFile(std::string folder, std::string name)
    : folder_(std::move(folder)),
      path_(folder_ + '/' + name),
      temporary_(folder_ + '/' + temporary_name(::getpid(), name)) {
  remove_left_ones(folder_, name);
  constexpr int kFlags = O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC;
  file_ = FileDescriptor(::open(temporary_.c_str(), kFlags, kPermissions));
  exists_ = file_.is_open();
  if (!exists_) fail("open", temporary_);
  // Without locks nobody can tell whether it is in use, and others leave it alone.
  if (exists_) ::flock(file_.get(), LOCK_EX | LOCK_NB);
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
