#include "departures.h"

namespace libcache {
namespace {

constexpr unsigned kReasonBits = 2;

}  // namespace

Departures::Departures(Budget& budget, std::size_t cells)
    : budget_(budget), mask_(cells - 1), cells_(std::make_unique<Cell[]>(cells)) {
  budget_.charge(bytes());
}

Departures::Place Departures::place_of(Key key, KeyHash hash) const {
  // The hash chose the shard by some of its bits, which are the same for all keys here.
  constexpr std::uint64_t kGolden = 0x9E37'79B9'7F4A'7C15;
  const std::uint64_t mixed = (hash.bits + static_cast<std::uint64_t>(key.database())) * kGolden;
  const std::uint64_t fingerprint = mixed >> (64 - 14);
  return {static_cast<std::size_t>(mixed >> 14) & mask_,
          static_cast<Cell>((fingerprint == 0 ? 1 : fingerprint) << kReasonBits)};
}

void Departures::note(Key key, KeyHash hash, Reason reason) {
  const Place place = place_of(key, hash);
  cells_[place.cell] = static_cast<Cell>(place.fingerprint | static_cast<Cell>(reason));
}

Departures::Reason Departures::reason_of(Key key, KeyHash hash) const {
  constexpr Cell kReasonMask = (1U << kReasonBits) - 1;
  const Place place = place_of(key, hash);
  const Cell cell = cells_[place.cell];
  if ((cell & ~kReasonMask) != place.fingerprint) return Reason::kUnknown;
  return static_cast<Reason>(cell & kReasonMask);
}

}  // namespace libcache
