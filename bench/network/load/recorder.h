#pragma once

#include <sys/types.h>

#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include "bench/network/load/connection.h"
#include "bench/network/load/histogram.h"
#include "bench/network/load/workload.h"

namespace load {

/// What happened in the measured window.
struct Results {
  double seconds = 0;
  std::uint64_t operations = 0;  ///< replies that arrived in the window
  std::int64_t server_cpu_ns = 0;
  Histogram latency;
  std::uint64_t hits = 0;       ///< requests that found their key, and SETs
  std::uint64_t hit_bytes = 0;  ///< their keys and values
  std::uint64_t misses = 0;
  std::uint64_t errors = 0;  ///< error replies and wrong answers
  std::uint64_t lost = 0;    ///< requests that were not answered in time
  std::string first_error;
  std::vector<std::int64_t> interval_max_ns;  ///< by due time; see Options::interval_ms
};

/// Opens and closes the measured window, and counts what falls into it. Under an open loop a
/// request belongs to the window in which it was due, however late its reply.
class Recorder {
 public:
  Recorder(const Options& options, const KeySpace& keys);

  void open(std::int64_t now_ns);
  void close(std::int64_t now_ns);
  [[nodiscard]] bool is_new() const { return opened_ == kNever; }
  [[nodiscard]] bool is_open() const { return !is_new() && !is_closed(); }
  [[nodiscard]] bool is_closed() const { return closed_ != kNever; }

  void answered(const Pending& pending, const Parsed& reply, std::int64_t now_ns);
  /// `pending` was given up at `now_ns`.
  void lost(const Pending& pending, std::int64_t now_ns);

  [[nodiscard]] const Results& results() const { return results_; }

 private:
  static constexpr std::int64_t kNever = std::numeric_limits<std::int64_t>::max();

  void count_outcome(const Pending& pending, const Parsed& reply);
  void note_error(std::string_view text);
  void add_latency(std::int64_t due_ns, std::int64_t now_ns);
  [[nodiscard]] std::int64_t server_cpu() const;

  const Options& options_;
  const KeySpace& keys_;
  Results results_;
  std::int64_t opened_ = kNever;
  std::int64_t closed_ = kNever;
};

}  // namespace load
