#include "server/command/info/info_facts.h"

#include <algorithm>

#include "server/command/core/server.h"

namespace sideline::command {
namespace {

/// 0 of nothing.
double ratio(std::uint64_t part, std::uint64_t whole) {
  return whole == 0 ? 0 : static_cast<double>(part) / static_cast<double>(whole);
}

ClientFacts client_facts(const Clients& clients) {
  ClientFacts facts;
  for (const std::shared_ptr<Client>& client : clients.snapshot()) {
    const std::size_t input = client->query_buffer_size.load(std::memory_order_relaxed);
    const std::size_t output = client->output_size.load(std::memory_order_relaxed);
    ++facts.connected;
    if (client->paused.load(std::memory_order_relaxed)) ++facts.paused;
    facts.buffer_bytes += input + output;
    facts.largest_input = std::max(facts.largest_input, input);
    facts.largest_output = std::max(facts.largest_output, output);
  }
  return facts;
}

/// Behind a door there are none: as in Redis, the data counts as saved when the server starts.
persist::SnapshotFacts snapshot_facts(const Server& server) {
  if (server.snapshots != nullptr) return server.snapshots->facts();
  persist::SnapshotFacts facts;
  facts.last_save_s = server.started_ms / 1000;
  return facts;
}

}  // namespace

std::optional<double> InfoFacts::hit_ratio(std::chrono::minutes window) const {
  return server.hit_ratio(window, stats.total);
}

double InfoFacts::fragmentation() const { return ratio(process.resident_bytes, used_memory()); }

std::int64_t InfoFacts::fragmentation_bytes() const {
  return static_cast<std::int64_t>(process.resident_bytes) -
         static_cast<std::int64_t>(used_memory());
}

double InfoFacts::dataset_percent() const { return 100 * ratio(dataset_memory(), used_memory()); }

double InfoFacts::peak_percent() const { return 100 * ratio(used_memory(), stats.peak_memory); }

std::optional<std::int64_t> InfoFacts::certificate_days() const {
  constexpr std::int64_t kMsPerDay = std::int64_t{24} * 60 * 60 * 1000;
  const std::int64_t end_ms = server.certificate_expiry_ms.load(std::memory_order_relaxed);
  if (end_ms == Server::kNoCertificate) return std::nullopt;
  const std::int64_t left_ms = end_ms - now_us / 1000;
  const bool is_past = left_ms < 0;
  return (is_past ? left_ms - kMsPerDay + 1 : left_ms) / kMsPerDay;
}

InfoFacts info_facts(Server& server) {
  return {.server = server,
          .settings = server.config.settings(),
          .stats = server.cache.stats(),
          .process = process_facts(),
          .clients = client_facts(server.clients),
          .snapshots = snapshot_facts(server),
          .now_us = server.now_us()};
}

}  // namespace sideline::command
