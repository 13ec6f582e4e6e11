#pragma once

#include <thread>
#include <unordered_map>

#include "flight.h"
#include "mutex.h"

namespace libcache {

/// When a wait that begins now is over; nothing: never. A timeout beyond what the clock can count
/// (292 years) is as none.
[[nodiscard]] std::optional<Flight::Time> end_of(const WaitOptions& wait, Flight::Time now);

/// Who waits for which flight, so that loaders which load through the cache never wait in a circle.
///
/// A flight is run by one thread; a thread waits for one flight at most. So from a flight leads one
/// path: to its runner, to the flight which that waits for, and so on. A thread may wait if the
/// path does not come back to itself. All under one lock, which is taken only by who is about to
/// wait.
class FlightWaits {
 public:
  /// As flight.wait(); or kRecursive at once, if that would never end.
  [[nodiscard]] LoadResult wait(Flight& flight, const std::optional<Flight::Time>& until,
                                const std::stop_token& stop);

 private:
  [[nodiscard]] bool begin(const Flight& flight);
  void end();

  Mutex mutex_;
  std::unordered_map<std::thread::id, const Flight*> waiting_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace libcache
