#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "server/files/file_descriptor.h"

namespace sideline::persist {

/// A file in the making that takes another one's place when it is whole and on the disk: whatever
/// happens before, the other one stays as it was. Until then it is temp-<process id>-<name> beside
/// it, and is removed if it is given up; that of a process that was killed, by the next one who
/// makes such a file there.
class SnapshotFile {
 public:
  SnapshotFile(std::string folder, std::string name);
  ~SnapshotFile();
  SnapshotFile(const SnapshotFile&) = delete;
  SnapshotFile& operator=(const SnapshotFile&) = delete;

  /// Appends. After a failure nothing is written any more.
  void write(std::string_view bytes);

  /// Puts it in its place. What failed first, opening and writing included; nothing on success.
  [[nodiscard]] std::optional<std::string> commit();

  /// What has failed so far.
  [[nodiscard]] const std::optional<std::string>& failure() const { return failure_; }

 private:
  void send_on_its_way();
  void sync_range(std::uint64_t begin, std::uint64_t end, unsigned flags);
  void fail(std::string_view what, const std::string& path);

  const std::string folder_;
  const std::string path_;
  const std::string temporary_;
  FileDescriptor file_;
  bool exists_ = false;  // the temporary one
  // Bytes of it: what was written, what is at least on its way to the disk, what is there.
  std::uint64_t written_ = 0;
  std::uint64_t on_its_way_ = 0;
  std::uint64_t on_disk_ = 0;
  std::optional<std::string> failure_;
};

}  // namespace sideline::persist
