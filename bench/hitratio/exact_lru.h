#pragma once

#include <cstddef>

#include "bench/hitratio/trace.h"

namespace bench {

/// The share of a trace's requests that a cache of exactly so many entries answers if it always
/// evicts the least recently used one.
[[nodiscard]] double exact_lru_hit_ratio(const Trace& trace, std::size_t entries);

}  // namespace bench
