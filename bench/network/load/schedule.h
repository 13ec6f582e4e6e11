#pragma once

#include <cstdint>

namespace load {

/// When the requests of an open loop are due, whatever the server does: bursts of `burst` requests
/// at equal distances, `rate` requests a second in all. A request's latency counts from its due
/// time, so a stall is seen by every request that was due during it, and not only by the one
/// that met it ("coordinated omission").
class Schedule {
 public:
  Schedule(std::int64_t start_ns, double rate, std::uint64_t burst)
      : start_(start_ns), distance_(1e9 * static_cast<double>(burst) / rate), burst_(burst) {}

  [[nodiscard]] std::int64_t due(std::uint64_t request) const {
    return start_ + static_cast<std::int64_t>(static_cast<double>(request / burst_) * distance_);
  }

 private:
  std::int64_t start_;
  double distance_;
  std::uint64_t burst_;
};

}  // namespace load
