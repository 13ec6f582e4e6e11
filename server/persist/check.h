#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "server/config/settings.h"
#include "server/persist/byte_reader.h"

namespace sideline::persist {

/// What loading a snapshot would make of it.
struct CheckResult {
  std::optional<Failure> failure;  ///< why it would be refused: then the others are 0
  std::uint64_t keys = 0;          ///< that would be loaded, if none expires before
  std::uint64_t left_out = 0;      ///< keys that would not, for their type or size
  std::uint64_t functions = 0;     ///< and data of modules, which would not either
};

/// Reads all of a snapshot and stores nothing; `settings` are those of who would load it. Memory:
/// kPieceBytes (byte_reader.h) or the largest string of the snapshot, and 24 bytes for each
/// kPieceBytes of it; std::bad_alloc if there is none.
[[nodiscard]] CheckResult check(const std::string& path, const config::Settings& settings);

}  // namespace sideline::persist
