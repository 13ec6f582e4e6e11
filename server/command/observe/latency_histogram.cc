#include "server/command/observe/latency_histogram.h"

#include <algorithm>
#include <cmath>
#include <functional>

namespace sideline::command {

std::int64_t LatencyCounts::highest_of(std::size_t slot) {
  const std::size_t step = slot / kSlotsPerStep;
  const std::size_t shift = step == 0 ? 0 : step - 1;
  const std::size_t lowest_of_next = (slot - shift * kSlotsPerStep + 1) << shift;
  return static_cast<std::int64_t>(lowest_of_next) - 1;
}

std::uint64_t LatencyCounts::total() const { return up_to(kMaxNanoseconds); }

std::int64_t LatencyCounts::percentile(double percent) const {
  const double share = percent / 100 * static_cast<double>(total());
  const auto wanted = std::max<std::uint64_t>(1, static_cast<std::uint64_t>(std::llround(share)));
  std::size_t slot = 0;
  for (std::uint64_t seen = counts_[0]; seen < wanted; seen += counts_[slot]) ++slot;
  return highest_of(slot);
}

std::uint64_t LatencyCounts::up_to(std::int64_t nanoseconds) const {
  const std::size_t last = slot_of(nanoseconds);
  std::uint64_t count = 0;
  for (std::size_t slot = 0; slot <= last; ++slot) count += counts_[slot];
  return count;
}

LatencyCounts& LatencyCounts::operator-=(const LatencyCounts& other) {
  std::transform(counts_.begin(), counts_.end(), other.counts_.begin(), counts_.begin(),
                 std::minus<>());
  return *this;
}

LatencyRecorder::~LatencyRecorder() {
  for (const std::atomic<Step*>& step : steps_) delete step.load(std::memory_order_relaxed);
}

void LatencyRecorder::record(std::int64_t nanoseconds) {
  const std::size_t slot = LatencyCounts::slot_of(nanoseconds);
  std::atomic<Step*>& place = steps_[slot / LatencyCounts::kSlotsPerStep];
  Step* step = place.load(std::memory_order_relaxed);
  if (step == nullptr) {
    step = new Step();
    place.store(step, std::memory_order_release);
  }
  std::atomic<std::uint64_t>& count = (*step)[slot % LatencyCounts::kSlotsPerStep];
  count.store(count.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
}

void LatencyRecorder::add_to(LatencyCounts& counts) const {
  for (std::size_t i = 0; i < steps_.size(); ++i) {
    const Step* const step = steps_[i].load(std::memory_order_acquire);
    if (step == nullptr) continue;
    for (std::size_t j = 0; j < step->size(); ++j) {
      counts.add(i * LatencyCounts::kSlotsPerStep + j, (*step)[j].load(std::memory_order_relaxed));
    }
  }
}

}  // namespace sideline::command
