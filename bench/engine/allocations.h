#pragma once

#include <cstdint>

namespace bench {

/// How often the calling thread has asked for heap memory: malloc and its kin, hence operator new
/// too, in whatever library. Memory that is mapped directly, as libcache's, does not show.
[[nodiscard]] std::uint64_t allocations();

}  // namespace bench
