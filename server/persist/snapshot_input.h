#pragma once

#include <cstdint>
#include <string>
#include <variant>

#include "server/files/file_descriptor.h"
#include "server/persist/byte_reader.h"

namespace sideline::persist {

/// A snapshot that is open to be read.
struct SnapshotInput {
  FileDescriptor file;
  std::uint64_t size;  ///< bytes
};

/// What is no file, a pipe for example, is refused at once.
[[nodiscard]] std::variant<SnapshotInput, Failure> open_snapshot(const std::string& path);

}  // namespace sideline::persist
