#include "bench/network/load/recorder.h"

#include <time.h>

#include <algorithm>

namespace load {
namespace {

constexpr std::int64_t kNsPerMs = 1'000'000;
constexpr double kSecondsPerNs = 1e-9;

}  // namespace

Recorder::Recorder(const Options& options, const KeySpace& keys) : options_(options), keys_(keys) {}

void Recorder::open(std::int64_t now_ns) {
  opened_ = now_ns;
  results_.server_cpu_ns = -server_cpu();
}

void Recorder::close(std::int64_t now_ns) {
  closed_ = now_ns;
  results_.server_cpu_ns += server_cpu();
  results_.seconds = static_cast<double>(closed_ - opened_) * kSecondsPerNs;
}

std::int64_t Recorder::server_cpu() const {
  clockid_t clock{};
  timespec time{};
  if (options_.server_pid == 0 || ::clock_getcpuclockid(options_.server_pid, &clock) != 0 ||
      ::clock_gettime(clock, &time) != 0) {
    return 0;
  }
  return time.tv_sec * 1'000'000'000 + time.tv_nsec;
}

void Recorder::answered(const Pending& pending, const Parsed& reply, std::int64_t now_ns) {
  count_outcome(pending, reply);
  if (is_open()) ++results_.operations;
  if (is_open() || options_.rate > 0) add_latency(pending.due_ns, now_ns);
}

void Recorder::lost(const Pending& pending, std::int64_t now_ns) {
  ++results_.lost;
  add_latency(pending.due_ns, now_ns);
}

void Recorder::count_outcome(const Pending& pending, const Parsed& reply) {
  switch (reply.outcome) {
    case Outcome::kError:
      return note_error(reply.text);
    case Outcome::kHit:
      if (options_.verify == Verify::kValue &&
          !keys_.is_value_of(reply.text, pending.request.key)) {
        return note_error("a wrong value");
      }
      [[fallthrough]];
    case Outcome::kDone:
      if (is_open()) {
        ++results_.hits;
        results_.hit_bytes += keys_.key_size() + keys_.value_size(pending.request.key);
      }
      return;
    case Outcome::kMiss:
      if (is_open()) ++results_.misses;
      return;
  }
}

void Recorder::note_error(std::string_view text) {
  if (results_.errors++ == 0) results_.first_error = text;
}

void Recorder::add_latency(std::int64_t due_ns, std::int64_t now_ns) {
  if (due_ns < opened_ || due_ns >= closed_) return;
  const std::int64_t latency = now_ns - due_ns;
  results_.latency.add(latency);
  if (options_.interval_ms == 0) return;
  const auto interval = static_cast<std::size_t>((due_ns - opened_) / kNsPerMs) /
                        static_cast<std::size_t>(options_.interval_ms);
  auto& maxima = results_.interval_max_ns;
  if (maxima.size() <= interval) maxima.resize(interval + 1);
  maxima[interval] = std::max(maxima[interval], latency);
}

}  // namespace load
