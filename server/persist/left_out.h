#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>

#include "server/log/log.h"

namespace sideline::persist {

/// Tells the log what of a snapshot is not loaded: the first keys by name, of all how many there
/// are of each kind.
class LeftOutLog {
 public:
  explicit LeftOutLog(log::Log& log) : log_(log) {}

  void add(int database, std::string_view key, std::string_view why);
  /// Tells how many there are. `unreadable`: bytes that could be read once, but not twice. Returns
  /// whether there is anything.
  bool summarize(std::uint64_t functions, std::uint64_t out_of_room, std::uint64_t unreadable);

 private:
  log::Log& log_;
  std::uint64_t count_ = 0;
  std::map<std::string, std::uint64_t, std::less<>> by_reason_;
};

}  // namespace sideline::persist
