#include "bench/network/load/workload.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>

namespace load {
namespace {

// A prime that no number of keys is a multiple of in practice: rank * prime modulo keys is a
// permutation, so hot keys are not neighbours.
constexpr std::uint64_t kSpreading = 2654435761;

/// Spreads the bits of a number over all 64 (the finaliser of SplitMix64).
std::uint64_t mixed(std::uint64_t x) {
  x = (x ^ (x >> 30U)) * 0xbf58476d1ce4e5b9U;
  x = (x ^ (x >> 27U)) * 0x94d049bb133111ebU;
  return x ^ (x >> 31U);
}

std::uint64_t draw(Random& random, Range range) {
  return range.least == range.most ? range.least
                                   : range.least + random() % (range.most - range.least + 1);
}

}  // namespace

KeySpace::KeySpace(const Options& options)
    : prefix_(options.prefix), key_size_(options.key_size), value_size_(options.value_size) {}

void KeySpace::append_key(std::string& out, std::uint64_t key) const {
  const std::size_t start = out.size();
  out.resize(start + key_size_);
  write_key(out.data() + start, key);
}

void KeySpace::write_key(char* out, std::uint64_t key) const {
  prefix_.copy(out, prefix_.size());
  for (std::size_t at = key_size_; at-- > prefix_.size(); key /= 10) {
    out[at] = static_cast<char>('0' + key % 10);
  }
}

void KeySpace::append_value(std::string& out, std::uint64_t key) const {
  const std::size_t start = out.size();
  const std::size_t size = value_size(key);
  append_key(out, key);
  out.resize(start + size);
  for (std::size_t done = std::min(key_size_, size); done < size;) {
    const std::size_t piece = std::min(done, size - done);
    std::memcpy(out.data() + start + done, out.data() + start, piece);
    done += piece;
  }
}

std::size_t KeySpace::value_size(std::uint64_t key) const {
  if (value_size_.least == value_size_.most) return value_size_.least;
  const double low = std::log(static_cast<double>(value_size_.least) + 1);
  const double high = std::log(static_cast<double>(value_size_.most) + 1);
  const double at = static_cast<double>(mixed(key) >> 11U) * 0x1p-53;
  return static_cast<std::size_t>(std::exp(low + at * (high - low)) - 1 + 1e-9);
}

bool KeySpace::is_value_of(std::string_view value, std::uint64_t key) const {
  if (value.size() != value_size(key)) return false;
  std::array<char, kMaxKeySize> start;
  write_key(start.data(), key);
  const std::size_t period = std::min(key_size_, value.size());
  // The value repeats itself with the key's length as its period.
  return std::memcmp(value.data(), start.data(), period) == 0 &&
         std::memcmp(value.data(), value.data() + period, value.size() - period) == 0;
}

Workload::Workload(const Options& options) : options_(options), random_(options.seed) {
  if (options.order == Order::kZipf) {
    zipf_.emplace(static_cast<std::uint32_t>(options.keys), options.zipf);
  }
}

Request Workload::next() {
  Operation operation = options_.operation;
  if (options_.set_share > 0 &&
      static_cast<double>(random_() >> 11U) * 0x1p-53 < options_.set_share) {
    operation = Operation::kSet;
  }
  return {operation, next_key(), operation == Operation::kSet ? draw(random_, options_.ttl_ms) : 0};
}

std::uint64_t Workload::next_key() {
  switch (options_.order) {
    case Order::kUniform:
      return options_.first_key + random_() % options_.keys;
    case Order::kZipf:
      return options_.first_key + (*zipf_)(random_)*kSpreading % options_.keys;
    case Order::kSequential:
      return options_.first_key + sequential_++ % options_.keys;
  }
  return 0;
}

}  // namespace load
