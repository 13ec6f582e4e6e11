#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>

#include <libcache/key.h>
#include <libcache/removal.h>

#include "budget.h"
#include "hash.h"

namespace libcache {

/// Why the last to leave a shard left, so that a miss can tell its reason.
///
/// A table of cells of 16 bits: 14 of the key's hash, of which 0 is made 1, and 2 of the reason. A
/// key's cell is chosen by other bits of the hash, and the last that left by it is what it knows.
/// So after as many departures as there are cells 1/e of those are still known, and a key that
/// never was there is mistaken for one with the same 14 bits in one of 16384 lookups.
class Departures {
  using Cell = std::uint16_t;

 public:
  static constexpr std::size_t kCellBytes = sizeof(Cell);

  /// `cells` is a power of two. Charges them.
  Departures(Budget& budget, std::size_t cells);
  ~Departures() { budget_.release(bytes()); }
  Departures(const Departures&) = delete;
  Departures& operator=(const Departures&) = delete;

  enum class Reason : std::uint8_t { kErased, kExpired, kEvicted, kInvalidated, kUnknown };

  /// `reason` is not kUnknown.
  void note(Key key, KeyHash hash, Reason reason);
  [[nodiscard]] Reason reason_of(Key key, KeyHash hash) const;

  [[nodiscard]] std::size_t bytes() const { return (mask_ + 1) * kCellBytes; }

 private:
  struct Place {
    std::size_t cell;
    Cell fingerprint;  // in place, the reason's bits 0
  };
  [[nodiscard]] Place place_of(Key key, KeyHash hash) const;

  Budget& budget_;
  const std::size_t mask_;
  const std::unique_ptr<Cell[]> cells_;
};

}  // namespace libcache
