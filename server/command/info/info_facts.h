#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include <libcache/stats.h>

#include "server/command/info/process_facts.h"
#include "server/config/settings.h"
#include "server/persist/snapshots.h"

namespace sideline::command {

class Server;

/// MissRatioCurve::kSizes, as they are shown.
inline constexpr std::array<std::string_view, libcache::MissRatioCurve::kSizes.size()>
    kCurveSizeNames = {"0.25", "0.5", "1", "2", "4"};

/// What the clients hold together.
struct ClientFacts {
  std::size_t connected = 0;
  std::size_t paused = 0;          ///< a request waits for the end of CLIENT PAUSE
  std::size_t buffer_bytes = 0;    ///< query and output buffers
  std::size_t largest_input = 0;   ///< the largest query buffer
  std::size_t largest_output = 0;  ///< the most that one client has unsent
};

/// What INFO and MEMORY tell, gathered at one moment.
struct InfoFacts {
  Server& server;
  config::Settings settings;
  libcache::Stats stats;
  ProcessFacts process;
  ClientFacts clients;
  persist::SnapshotFacts snapshots;
  std::int64_t now_us = 0;

  /// Hits over reads of the last minutes; nothing if there were no reads.
  [[nodiscard]] std::optional<double> hit_ratio(std::chrono::minutes window) const;

  /// Charged to the limit; the two are its parts.
  [[nodiscard]] std::uint64_t used_memory() const { return stats.total.memory(); }
  [[nodiscard]] std::uint64_t dataset_memory() const {
    return stats.total.item_memory + stats.total.large_memory;
  }
  [[nodiscard]] std::uint64_t structure_memory() const {
    return stats.total.index_memory + stats.total.overhead_memory;
  }
  /// Resident memory over used memory.
  [[nodiscard]] double fragmentation() const;
  [[nodiscard]] std::int64_t fragmentation_bytes() const;
  [[nodiscard]] double dataset_percent() const;
  [[nodiscard]] double peak_percent() const;
  /// Whole days until a certificate that TLS clients get ends, negative if it has; nothing without
  /// TLS.
  [[nodiscard]] std::optional<std::int64_t> certificate_days() const;
};

[[nodiscard]] InfoFacts info_facts(Server& server);

}  // namespace sideline::command
