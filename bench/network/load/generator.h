#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "bench/network/load/connection.h"
#include "bench/network/load/options.h"
#include "bench/network/load/recorder.h"
#include "bench/network/load/schedule.h"
#include "bench/network/load/workload.h"

namespace load {

/// Drives all connections from one thread with epoll.
///
/// Closed loop: a connection sends a pipeline, and the next one when all of it is answered.
/// Open loop: pipelines are sent when they are due, to one connection after the other, whether or
/// not earlier ones were answered. It spins while the next one is near: it wants a core of its own.
class Generator {
 public:
  /// Connects. Throws std::system_error.
  explicit Generator(const Options& options);
  ~Generator();
  Generator(const Generator&) = delete;
  Generator& operator=(const Generator&) = delete;

  /// Throws std::system_error, and std::runtime_error for a server that does not keep its protocol.
  const Results& run();

 private:
  [[nodiscard]] bool is_open_loop() const { return options_.rate > 0; }
  [[nodiscard]] bool all_issued() const;
  [[nodiscard]] std::int64_t next_event(std::int64_t now) const;

  void issue_due(std::int64_t now);
  void issue_pipeline(Connection& connection, std::int64_t due);
  void move_window(std::int64_t now);
  void wait_and_handle(std::int64_t now);
  void receive(Connection& connection);
  void give_up(std::int64_t now);

  const Options& options_;
  KeySpace keys_;
  Workload workload_;
  std::unique_ptr<Protocol> protocol_;
  Recorder recorder_;
  int epoll_;
  std::vector<std::unique_ptr<Connection>> connections_;

  std::int64_t measured_from_ = 0;
  std::int64_t measured_to_ = 0;
  std::optional<Schedule> schedule_;
  std::uint64_t issued_ = 0;
  std::uint64_t outstanding_ = 0;
  std::size_t next_connection_ = 0;
};

}  // namespace load
