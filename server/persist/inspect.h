#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <functional>
#include <string_view>
#include <variant>
#include <vector>

#include <libcache/key.h>

#include "server/persist/byte_reader.h"
#include "server/persist/snapshot_input.h"

namespace sideline::persist {

/// A part of a snapshot, from an entry to the end of another.
struct Segment {
  std::uint64_t begin;
  std::uint64_t end;
  int database;        ///< of the first entry
  bool large = false;  ///< it has two megabytes or more, or a string that has, decoded
};

/// What a snapshot was found to hold.
struct Contents {
  std::vector<Segment> segments;  ///< of kPieceBytes, or a larger entry; each has 24 bytes
  /// By database: how many can be loaded.
  std::array<std::uint64_t, libcache::kDatabases> entries{};
  std::uint64_t functions = 0;  ///< and data of modules
};

/// The largest value that a cache takes whose limit this is: three quarters of it. 0: no limit.
[[nodiscard]] std::uint64_t largest_value(std::uint64_t max_memory);

/// What a snapshot is looked at for.
struct Inspection {
  int databases;                       ///< that there are
  std::uint64_t largest_value;         ///< that can be stored
  bool checksum;                       ///< compare it
  const std::atomic<bool>& cancelled;  ///< then what is found so far is of no use
};

/// Is told of each key that is not to be loaded, and why not: the value's type, or that it is too
/// large.
using LeftOut = std::function<void(int database, std::string_view key, std::string_view why)>;

/// Reads a whole snapshot, which need not come from a friend, and stores nothing: what can be
/// loaded of it, or why it is none.
[[nodiscard]] std::variant<Contents, Failure> inspect(const SnapshotInput& input,
                                                      const Inspection& inspection,
                                                      const LeftOut& left_out);

}  // namespace sideline::persist
