#pragma once

#include <cstdint>

namespace libcache {

/// The next number of a splitmix64 sequence (Steele, Lea, Flood, OOPSLA 2014) and its new state.
inline std::uint64_t next_random(std::uint64_t& state) {
  std::uint64_t z = (state += 0x9E37'79B9'7F4A'7C15);
  z = (z ^ z >> 30) * 0xBF58'476D'1CE4'E5B9;
  z = (z ^ z >> 27) * 0x94D0'49BB'1331'11EB;
  return z ^ z >> 31;
}

}  // namespace libcache
