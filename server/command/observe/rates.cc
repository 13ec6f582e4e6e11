#include "server/command/observe/rates.h"

namespace sideline::command {
namespace {

/// Nothing if the counter was reset meanwhile.
double growth(std::uint64_t before, std::uint64_t now, double seconds) {
  return now < before ? 0 : static_cast<double>(now - before) / seconds;
}

}  // namespace

void Rates::sample(std::int64_t now_ms, const Totals& totals) {
  const MutexLock lock(mutex_);
  if (started_ && now_ms > last_ms_) {
    const double seconds = static_cast<double>(now_ms - last_ms_) / 1000;
    samples_[next_] = {.commands = growth(last_.commands, totals.commands, seconds),
                       .input_bytes = growth(last_.input_bytes, totals.input_bytes, seconds),
                       .output_bytes = growth(last_.output_bytes, totals.output_bytes, seconds)};
    next_ = (next_ + 1) % kSamples;
  }
  started_ = true;
  last_ms_ = now_ms;
  last_ = totals;
}

Rates::PerSecond Rates::per_second() const {
  const MutexLock lock(mutex_);
  PerSecond mean;
  for (const PerSecond& sample : samples_) {
    mean.commands += sample.commands / kSamples;
    mean.input_bytes += sample.input_bytes / kSamples;
    mean.output_bytes += sample.output_bytes / kSamples;
  }
  return mean;
}

void Rates::reset() {
  const MutexLock lock(mutex_);
  started_ = false;
  samples_ = {};
}

}  // namespace sideline::command
