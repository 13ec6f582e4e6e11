#pragma once

#include <cstddef>

namespace sideline::net {

/// Gives memory that malloc() keeps for later back to the system: what thousands of connections
/// used should not stay with the process once they are gone. (What the cache holds is not
/// malloc's.)
class Heap {
 public:
  /// To be called now and then. Does something only if much more became free than the last time;
  /// then each of malloc's arenas is locked for about a millisecond.
  void trim();

 private:
  std::size_t free_then_ = 0;  // after the last trim, or less; what was given back counts as free
};

}  // namespace sideline::net
