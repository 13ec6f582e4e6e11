#pragma once

#include <sys/types.h>

#include <string>
#include <utility>

namespace sideline::net {

/// The file of a UNIX socket that listens; removed with this, unless it is another's by now.
class SocketFile {
 public:
  /// None.
  SocketFile() = default;
  /// The one that was just made at `path`.
  explicit SocketFile(std::string path);
  SocketFile(SocketFile&& other) noexcept { *this = std::move(other); }
  SocketFile& operator=(SocketFile&& other) noexcept {
    std::swap(path_, other.path_);
    std::swap(device_, other.device_);
    std::swap(inode_, other.inode_);
    return *this;
  }
  ~SocketFile() { remove(); }

  /// Call it before the socket is closed: until then its inode is not used again.
  void remove();

 private:
  std::string path_;
  dev_t device_ = 0;
  ino_t inode_ = 0;
};

}  // namespace sideline::net
