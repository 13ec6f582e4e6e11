#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace sideline::command {

/// The heaviest of a stream of keys, with a fixed number of counters: Space-Saving (Metwally,
/// Agrawal, El Abbadi, "Efficient Computation of Frequent and Top-k Elements in Data Streams", ICDT
/// 2005). A key that has no counter takes over the smallest one, and what that had may have been
/// another's: so a count is at most `error` too high, and never too low. A key that makes more than
/// 1/256 of the stream has a counter.
///
/// Counters are few and lie in arrays, so a search looks at all of them: some 100 ns. Not
/// thread-safe.
class SpaceSaving {
 public:
  static constexpr std::size_t kCounters = 256;
  static constexpr std::size_t kMostKeyBytes = 256;  ///< of a longer key the rest is not kept

  struct Counter {
    std::string key;
    int database = 0;
    double error = 0;
  };

  /// `hash` stands for the key and is compared in its place. Throws std::bad_alloc; then nothing
  /// has changed.
  void add(std::uint64_t hash, std::string_view key, int database, double weight);

  [[nodiscard]] std::size_t size() const { return size_; }
  [[nodiscard]] const Counter& counter(std::size_t i) const { return counters_[i]; }
  [[nodiscard]] double count(std::size_t i) const { return counts_[i]; }
  [[nodiscard]] std::uint64_t hash(std::size_t i) const { return hashes_[i]; }
  /// What a key without a counter can have at most.
  [[nodiscard]] double most_missed() const { return size_ < kCounters ? 0 : counts_[smallest()]; }

  /// Makes all counts smaller or larger.
  void scale(double factor);

 private:
  /// Of `hash`, or size().
  [[nodiscard]] std::size_t find(std::uint64_t hash) const;
  [[nodiscard]] std::size_t smallest() const;

  std::size_t size_ = 0;
  std::array<std::uint64_t, kCounters> hashes_{};
  std::array<double, kCounters> counts_{};
  std::array<Counter, kCounters> counters_;
};

}  // namespace sideline::command
