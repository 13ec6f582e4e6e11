#pragma once

#include <cstddef>

namespace bench {

/// Registers what a service pays for what it uses of libcache beyond get and set, 64-byte values:
/// benchmarks named feature/choice of keys/64B/operation, or .../operation over base where that has
/// a base to be held against, which runs beside it.
void add_features(std::size_t keys);

}  // namespace bench
