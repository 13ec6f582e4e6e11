#include "model.h"

#include <time.h>

#include <cmath>

namespace prediction {
namespace {

std::chrono::nanoseconds processor_time_of_this_thread() {
  timespec time{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return std::chrono::seconds(time.tv_sec) + std::chrono::nanoseconds(time.tv_nsec);
}

/// FNV-1a over the category's name and the game's number, with the last step of MurmurHash3 so that
/// neighbouring games differ in all bits.
std::uint64_t hash(const Category& category, GameId game) {
  std::uint64_t hash = 0xcbf29ce484222325;
  const auto add = [&hash](std::uint64_t byte) { hash = (hash ^ byte) * 0x100000001b3; };
  for (const char letter : category.name) add(static_cast<unsigned char>(letter));
  for (int shift = 0; shift < 64; shift += 8) add(static_cast<std::uint64_t>(game) >> shift & 0xff);
  hash = (hash ^ hash >> 33) * 0xff51afd7ed558ccd;
  return hash ^ hash >> 33;
}

/// From 0 to 1.
double share(std::uint64_t bits) { return static_cast<double>(bits) / 4294967295.0; }

double round_to_hundredths(double value) { return std::round(value * 100) / 100; }

}  // namespace

Forecast Model::predict(const Category& category, GameId game) {
  ++runs_;
  const auto end = processor_time_of_this_thread() + cost_;
  while (processor_time_of_this_thread() < end) {
  }
  const std::uint64_t random = hash(category, game);
  const double value = category.low + share(random >> 32) * (category.high - category.low);
  return {.value = round_to_hundredths(value),
          .confidence = round_to_hundredths(0.5 + share(random & 0xffffffff) * 0.45)};
}

}  // namespace prediction
