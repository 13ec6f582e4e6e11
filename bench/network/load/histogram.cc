#include "bench/network/load/histogram.h"

#include <algorithm>
#include <bit>
#include <cmath>

namespace load {
namespace {

constexpr unsigned kBits = 7;  // 2^7 = 128 buckets a power of two
constexpr std::uint64_t kBuckets = 1U << kBits;
constexpr unsigned kLastShift = 28;  // the last power of two ends at 2^(7 + 28 + 1) ns = 68 s

// Row `shift` holds the durations that are in [128, 256) after a shift to the right by `shift`;
// those below 128 have a row of their own in front.
constexpr std::size_t kSize = (kLastShift + 2) * kBuckets;

std::size_t bucket_of(std::uint64_t value) {
  if (value < kBuckets) return value;
  const auto shift = static_cast<unsigned>(std::bit_width(value)) - kBits - 1;
  if (shift > kLastShift) return kSize - 1;
  return (shift + 1) * kBuckets + (value >> shift) - kBuckets;
}

std::int64_t upper_end(std::size_t bucket) {
  if (bucket < kBuckets) return static_cast<std::int64_t>(bucket);
  const std::size_t shift = bucket / kBuckets - 1;
  const std::uint64_t first = (kBuckets + bucket % kBuckets) << shift;
  return static_cast<std::int64_t>(first + (std::uint64_t{1} << shift) - 1);
}

}  // namespace

Histogram::Histogram() : buckets_(kSize) {}

void Histogram::add(std::int64_t nanoseconds) {
  nanoseconds = std::max<std::int64_t>(nanoseconds, 0);
  ++buckets_[bucket_of(static_cast<std::uint64_t>(nanoseconds))];
  ++count_;
  max_ = std::max(max_, nanoseconds);
  sum_ += static_cast<double>(nanoseconds);
}

std::int64_t Histogram::quantile(double share) const {
  const auto wanted = static_cast<std::uint64_t>(std::ceil(share * static_cast<double>(count_)));
  std::uint64_t seen = 0;
  for (std::size_t bucket = 0; bucket + 1 < kSize; ++bucket) {
    seen += buckets_[bucket];
    if (seen >= std::max<std::uint64_t>(wanted, 1)) return std::min(upper_end(bucket), max_);
  }
  return max_;
}

double Histogram::mean() const { return count_ == 0 ? 0 : sum_ / static_cast<double>(count_); }

}  // namespace load
