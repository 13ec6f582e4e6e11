#include "flight_table.h"

#include <algorithm>
#include <utility>

namespace libcache {

FlightTable::Flights::const_iterator FlightTable::place_of(Key key, KeyHash hash) const {
  const auto [first, last] = flights_.equal_range(hash.bits);
  const auto found =
      std::find_if(first, last, [&](const auto& entry) { return entry.second->key() == key; });
  return found == last ? flights_.end() : found;
}

std::shared_ptr<Flight> FlightTable::find(Key key, KeyHash hash) const {
  const auto place = place_of(key, hash);
  return place == flights_.end() ? nullptr : place->second;
}

std::shared_ptr<Flight> FlightTable::begin(Key key, KeyHash hash, const Tagging& tagging) {
  return flights_.emplace(hash.bits, std::make_shared<Flight>(key, tagging))->second;
}

bool FlightTable::end(const Flight& flight, KeyHash hash) {
  const auto place = place_of(flight.key(), hash);
  // After this one was forgotten another one may have begun.
  if (place == flights_.end() || place->second.get() != &flight) return false;
  flights_.erase(place);
  return true;
}

void FlightTable::forget(Key key, KeyHash hash) {
  const auto place = place_of(key, hash);
  if (place != flights_.end()) flights_.erase(place);
}

void FlightTable::forget_all(int database) {
  std::erase_if(flights_,
                [&](const auto& entry) { return entry.second->key().database() == database; });
}

void FlightTable::forget_prefix(Key prefix) {
  std::erase_if(flights_, [&](const auto& entry) {
    const Key key = entry.second->key();
    return key.database() == prefix.database() && key.bytes().starts_with(prefix.bytes());
  });
}

}  // namespace libcache
