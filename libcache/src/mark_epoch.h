#pragma once

#include <array>

#include "bucket.h"

namespace libcache {

/// How marks of the previous epoch read in the present one.
///
/// A policy that renumbers its marks (older generations merged, counters halved) does not visit
/// every bucket at once: it flips the epoch, and a bucket that still carries the other epoch's bit
/// is translated when something next looks at its marks. A pass in the background visits the rest;
/// until it is through, no further flip may happen (EvictionSweep sees to that).
struct MarkEpoch {
  bool current = false;
  std::array<Mark, 256> translation{};
};

}  // namespace libcache
