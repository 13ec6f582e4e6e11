#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace load {

/// Counts durations in nanoseconds with a bounded relative error, in the manner of Gil Tene's
/// HdrHistogram: each power of two is cut into 128 equal buckets, so that a bucket is at most 1/128
/// as wide as what it counts. Adding costs a shift and an increment.
class Histogram {
 public:
  Histogram();

  /// Durations below 0 count as 0; those above about 68 s fall into the last bucket.
  void add(std::int64_t nanoseconds);

  /// The least duration that `share` (0 to 1) of all do not exceed: the upper end of its bucket,
  /// but never more than max(). 0 if nothing was added.
  [[nodiscard]] std::int64_t quantile(double share) const;

  [[nodiscard]] std::uint64_t count() const { return count_; }
  [[nodiscard]] std::int64_t max() const { return max_; }  ///< exact
  [[nodiscard]] double mean() const;                       ///< exact

 private:
  std::vector<std::uint64_t> buckets_;
  std::uint64_t count_ = 0;
  std::int64_t max_ = 0;
  double sum_ = 0;
};

}  // namespace load
