#pragma once

#include <cstdint>
#include <memory>
#include <unordered_map>

#include "flight.h"
#include "hash.h"

namespace libcache {

/// The flights of one shard that may still store what they load. Whoever changes a key takes its
/// flight out; a flight that is not in here any more when it lands stores nothing. So a late value
/// never replaces what came after the flight began.
///
/// On the heap, not in the arena: it has as many entries as loaders run. Guarded by the shard's
/// lock, under which a key is also missed: of two threads that miss it one begins a flight and the
/// other finds it.
class FlightTable {
 public:
  [[nodiscard]] bool empty() const { return flights_.empty(); }
  [[nodiscard]] std::size_t size() const { return flights_.size(); }

  /// The flight of a key, or null.
  [[nodiscard]] std::shared_ptr<Flight> find(Key key, KeyHash hash) const;
  /// Precondition: the key has none.
  std::shared_ptr<Flight> begin(Key key, KeyHash hash, const Tagging& tagging);
  /// Takes a flight out that lands. Returns whether it was in here.
  bool end(const Flight& flight, KeyHash hash);
  /// Takes the flight of a key out that was changed, or all of a database, or of the keys in it
  /// that begin so.
  void forget(Key key, KeyHash hash);
  void forget_all(int database);
  void forget_prefix(Key prefix);

 private:
  using Flights = std::unordered_multimap<std::uint64_t, std::shared_ptr<Flight>>;  // by the hash
  [[nodiscard]] Flights::const_iterator place_of(Key key, KeyHash hash) const;

  Flights flights_;
};

}  // namespace libcache
