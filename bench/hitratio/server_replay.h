#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "bench/hitratio/trace.h"

namespace bench {

/// A server that speaks the Redis protocol and takes Redis's directives.
struct Server {
  std::string program;
  std::vector<std::string> options;
};

/// The memory that a server without a limit says it uses with so many entries: the limit at which
/// it holds about as many.
[[nodiscard]] std::size_t limit_for(const Server& server, std::size_t entries,
                                    std::size_t value_bytes);

struct Load {
  std::size_t limit = 0;  ///< of the server's memory, in bytes
  std::size_t value_bytes = 0;
  std::size_t requests_a_life = 0;  ///< from when an entry was last used to its eviction, about
};

struct ServerReplay {
  double hit_ratio = 0;
  std::size_t held = 0;  ///< entries at the end
};

/// Asks a new server for each key and stores what was not there, over one connection.
///
/// Requests are sent 32 at a time: reads, and then the stores for those that missed. A key that
/// misses and comes again in the same 32 is counted as found, as it would have been one at a time.
///
/// redis-server knows the time of a use in whole seconds, so a replay within seconds would hide the
/// order of uses from it. Therefore the server's calendar runs 500 times faster (fast_clock.cc), it
/// looks at it 500 times a second, and requests are sent no faster than that a life lasts 100 of
/// the server's seconds.
[[nodiscard]] ServerReplay replay(const Trace& trace, const Server& server, const Load& load);

}  // namespace bench
