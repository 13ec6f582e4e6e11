#include <algorithm>
#include <bit>
#include <cmath>
#include <numeric>

#include <libcache/load_times.h>

namespace libcache {
namespace {

constexpr int kExactBits = 3;  // durations of so many bits have a slot each
constexpr std::size_t kSlotsPerOctave = 4;
constexpr std::uint64_t kLongest = (std::uint64_t{1} << 36) - 1;

constexpr std::size_t slot_of_microseconds(std::uint64_t value) {
  const int shift = std::max(0, static_cast<int>(std::bit_width(value)) - kExactBits);
  return static_cast<std::size_t>(shift) * kSlotsPerOctave + (value >> shift);
}
static_assert(slot_of_microseconds(kLongest) == LoadTimes::kSlots - 1);

}  // namespace

std::size_t LoadTimes::slot_of(std::chrono::nanoseconds took) {
  const auto whole = std::chrono::floor<std::chrono::microseconds>(took).count();
  return slot_of_microseconds(
      std::min(static_cast<std::uint64_t>(std::max<std::int64_t>(whole, 0)), kLongest));
}

std::chrono::microseconds LoadTimes::end_of(std::size_t slot) {
  const std::size_t octave = slot / kSlotsPerOctave;
  const std::size_t shift = octave == 0 ? 0 : octave - 1;
  return std::chrono::microseconds((slot - shift * kSlotsPerOctave + 1) << shift);
}

std::uint64_t LoadTimes::total() const {
  return std::accumulate(counts_.begin(), counts_.end(), std::uint64_t{0});
}

std::chrono::microseconds LoadTimes::quantile(double share) const {
  const std::uint64_t all = total();
  if (all == 0) return {};
  const auto below = static_cast<std::uint64_t>(std::llround(share * static_cast<double>(all)));
  const std::uint64_t wanted = std::clamp<std::uint64_t>(below, 1, all);
  std::size_t slot = 0;
  for (std::uint64_t seen = counts_[0]; seen < wanted; seen += counts_[slot]) ++slot;
  return end_of(slot);
}

}  // namespace libcache
