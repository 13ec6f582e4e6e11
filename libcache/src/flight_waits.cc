#include "flight_waits.h"

#include <algorithm>
#include <chrono>

namespace libcache {

std::optional<Flight::Time> end_of(const WaitOptions& wait, Flight::Time now) {
  using std::chrono::milliseconds;
  if (!wait.timeout) return std::nullopt;
  if (*wait.timeout >= std::chrono::floor<milliseconds>(Flight::Time::max() - now)) {
    return std::nullopt;
  }
  return now + std::max(*wait.timeout, milliseconds(0));
}

LoadResult FlightWaits::wait(Flight& flight, const std::optional<Flight::Time>& until,
                             const std::stop_token& stop) {
  if (!begin(flight)) return {LoadStatus::kRecursive};
  LoadResult result = flight.wait(until, stop);
  end();
  return result;
}

/// From here on the thread waits for the flight. False: that would never end.
bool FlightWaits::begin(const Flight& flight) {
  const std::thread::id self = std::this_thread::get_id();
  const MutexLock lock(mutex_);
  const Flight* ahead = &flight;
  while (ahead != nullptr) {
    if (ahead->runner() == self) return false;
    // A flight that has landed has no runner, so a path through it ends.
    const auto next = waiting_.find(ahead->runner());
    ahead = next == waiting_.end() ? nullptr : next->second;
  }
  waiting_.emplace(self, &flight);
  return true;
}

void FlightWaits::end() {
  const MutexLock lock(mutex_);
  waiting_.erase(std::this_thread::get_id());
}

}  // namespace libcache
