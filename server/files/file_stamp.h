#pragma once

#include <sys/stat.h>

#include <cstdint>
#include <string>

namespace sideline {

/// What tells that a file is another one, or has another content, than before. Links are followed.
struct FileStamp {
  std::uint64_t device = 0;
  std::uint64_t inode = 0;  ///< 0: there is no such file
  std::int64_t size = 0;
  std::int64_t changed_s = 0;  ///< a time that programs cannot set
  std::int64_t changed_ns = 0;

  bool operator==(const FileStamp&) const = default;

  [[nodiscard]] static FileStamp of(const std::string& path) {
    struct stat facts {};
    if (::stat(path.c_str(), &facts) != 0) return {};
    return {.device = facts.st_dev,
            .inode = facts.st_ino,
            .size = facts.st_size,
            .changed_s = facts.st_ctim.tv_sec,
            .changed_ns = facts.st_ctim.tv_nsec};
  }
};

}  // namespace sideline
