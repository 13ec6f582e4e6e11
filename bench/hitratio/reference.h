#pragma once

#include <array>
#include <cstddef>

namespace bench {

/// Hit ratios that an independent simulator found, with objects of size 1.
struct Reference {
  const char* trace;
  int percent;          ///< size of the cache, as a share of the trace's distinct keys
  std::size_t entries;  ///< the same in entries
  double exact_lru;
  double s3_fifo;
};

// Published beside the traces. They are those of the cache2k benchmarks, CC BY 4.0, copyright
// headissue GmbH, Jens Wilke.
inline constexpr std::array kReferences = {
    Reference{"orm-busy", 1, 763, 0.7703, 0.7564},
    Reference{"orm-busy", 5, 3817, 0.8413, 0.8525},
    Reference{"orm-busy", 10, 7634, 0.8801, 0.8889},
    Reference{"orm-busy", 25, 19087, 0.9337, 0.9387},
    Reference{"web12", 1, 137, 0.3970, 0.4100},
    Reference{"web12", 5, 687, 0.6000, 0.6481},
    Reference{"web12", 10, 1375, 0.6848, 0.7225},
    Reference{"web12", 25, 3439, 0.7769, 0.7946},
};

}  // namespace bench
