#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace bench {

/// How the key of the next operation is chosen.
enum class Choice : std::uint8_t {
  kUniform,
  kZipf,  ///< the k-th most popular key is asked for 1 / k^0.99 as often as the first
};

/// 16 bytes, as every key here.
using KeyBytes = std::array<char, 16>;

[[nodiscard]] inline std::string_view as_view(const KeyBytes& key) {
  return {key.data(), key.size()};
}

/// The key with this number.
[[nodiscard]] KeyBytes make_key(std::uint64_t number);

/// A key that no two calls with different arguments share, and no make_key().
[[nodiscard]] KeyBytes make_fresh_key(std::uint32_t run, std::uint64_t number);

/// `length` keys with numbers from `first` to `first + keys - 1`: the same for the same arguments.
/// The keys themselves, side by side and not their numbers, so that to read one costs no cache miss
/// that would be added to everybody's time. Popularity has nothing to do with a key's number.
[[nodiscard]] std::vector<KeyBytes> make_sequence(Choice choice, std::uint64_t first,
                                                  std::size_t keys, std::size_t length);

/// Goes round a sequence for ever. Threads start at different places.
class SequenceReader {
 public:
  SequenceReader(std::span<const KeyBytes> sequence, int thread, int threads)
      : sequence_(sequence),
        position_(sequence.size() / static_cast<std::size_t>(threads) *
                  static_cast<std::size_t>(thread)) {}

  const KeyBytes& next() {
    if (position_ == sequence_.size()) position_ = 0;
    return sequence_[position_++];
  }

 private:
  std::span<const KeyBytes> sequence_;
  std::size_t position_;
};

}  // namespace bench
