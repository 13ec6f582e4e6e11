#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>

#include "server/config/settings.h"

namespace sideline::net {

/// The settings that connections look at while they run: one writer (CONFIG SET), any number of
/// readers, each value by itself. Names are the directives'.
class LiveSettings {
 public:
  explicit LiveSettings(const config::Settings& settings) { update(settings); }

  void update(const config::Settings& settings) {
    maxclients = static_cast<std::size_t>(settings.maxclients);
    timeout_ms = std::int64_t{settings.timeout} * 1000;
    tcp_keepalive = settings.tcp_keepalive;
    protected_mode = settings.protected_mode;
    proto_max_bulk_len = settings.proto_max_bulk_len;
    client_query_buffer_limit = settings.client_query_buffer_limit;
    output_hard = settings.client_output_buffer_limit.hard;
    output_soft = settings.client_output_buffer_limit.soft;
    output_soft_ms = settings.client_output_buffer_limit.soft_seconds * 1000;
  }

  std::atomic<std::size_t> maxclients;
  std::atomic<std::int64_t> timeout_ms;
  std::atomic<int> tcp_keepalive;
  std::atomic<bool> protected_mode;
  std::atomic<std::size_t> proto_max_bulk_len;
  std::atomic<std::size_t> client_query_buffer_limit;
  std::atomic<std::size_t> output_hard;
  std::atomic<std::size_t> output_soft;
  std::atomic<std::int64_t> output_soft_ms;
};

}  // namespace sideline::net
