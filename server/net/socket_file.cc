#include "server/net/socket_file.h"

#include <sys/stat.h>
#include <unistd.h>

namespace sideline::net {

SocketFile::SocketFile(std::string path) : path_(std::move(path)) {
  struct stat file {};
  if (::lstat(path_.c_str(), &file) != 0) return;
  device_ = file.st_dev;
  inode_ = file.st_ino;
}

void SocketFile::remove() {
  struct stat file {};
  const bool is_ours = !path_.empty() && ::lstat(path_.c_str(), &file) == 0 &&
                       file.st_dev == device_ && file.st_ino == inode_;
  if (is_ours) ::unlink(path_.c_str());
  path_.clear();
}

}  // namespace sideline::net
