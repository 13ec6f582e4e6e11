#pragma once

#include <array>
#include <bit>
#include <cassert>
#include <cstdint>

#include "size_classes.h"

namespace libcache {

/// Names a span of an arena; 0 is none.
using SpanId = std::uint32_t;

enum class SpanState : std::uint8_t {
  kUnmapped,   // no memory, no charge; waits for reuse
  kKept,       // empty, with memory, for reuse by any class of the region
  kInUse,      // holds objects of one class
  kRetired,    // holds objects of one class, and gets no new ones
  kIndexPage,  // a page of the index
};

/// What the arena knows of a span, outside of it.
///
///      0            32     36     40     42      44      45      46     47      48   64
///     +------------+------+------+------+-------+-------+-------+------+-------+----+
///     | free slots | prev | next | live | slots | pages | class | list | state | -- |
///     +------------+------+------+------+-------+-------+-------+------+-------+----+
///
/// A cache line, so that an allocation or a free touches one line of it.
struct alignas(64) SpanInfo {
  std::array<std::uint64_t, kMostSlots / 64> free;  // bit i: slot i has memory and no object
  SpanId prev;          // in the class's list of its quarter, which has the spans with a free slot,
  SpanId next;          // or in the region's list of unmapped ones
  std::uint16_t live;   // objects
  std::uint16_t slots;  // slots that have memory: the first ones
  std::uint8_t pages;   // pages that have memory and are charged: the first ones
  std::uint8_t size_class;
  std::uint8_t list;  // which quarter's list it is on, if it has a free slot and is in use
  SpanState state;

  [[nodiscard]] bool full() const { return (free[0] | free[1] | free[2] | free[3]) == 0; }

  /// Precondition: not full.
  [[nodiscard]] unsigned take_lowest_free() {
    unsigned word = 0;
    while (free[word] == 0) ++word;
    const auto bit = static_cast<unsigned>(std::countr_zero(free[word]));
    free[word] &= free[word] - 1;
    return word * 64 + bit;
  }

  [[nodiscard]] bool is_free(unsigned slot) const {
    return (free[slot / 64] >> slot % 64 & 1) != 0;
  }
  void set_free(unsigned slot) {
    assert(slot < slots && !is_free(slot));
    free[slot / 64] |= std::uint64_t{1} << slot % 64;
  }

  [[nodiscard]] unsigned free_count() const {
    unsigned count = 0;
    for (const std::uint64_t word : free) count += static_cast<unsigned>(std::popcount(word));
    return count;
  }

  /// The lowest slot with an object; `slots` if there is none.
  [[nodiscard]] unsigned first_live() const {
    unsigned word = 0;
    while (word + 1 < free.size() && ~free[word] == 0) ++word;
    return word * 64 + static_cast<unsigned>(std::countr_one(free[word]));
  }
};
static_assert(sizeof(SpanInfo) == 64);

}  // namespace libcache
