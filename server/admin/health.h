#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "server/command/core/server.h"

namespace sideline::admin {

/// Why not everybody is served everything: one word for programs, and a sentence for people.
struct Hindrance {
  std::string_view reason;
  std::string_view detail;
};

/// All that there are now. None: the server is ready, for reads and writes of whoever comes. Looks
/// at a few atomics and takes no lock that a request holds for long, so that it answers whatever
/// the I/O threads do: those of the shards, and only if memory is full under a volatile policy.
[[nodiscard]] std::vector<Hindrance> hindrances(const command::Server& server);

/// {"status":"ready"}, or {"status":"not ready","reasons":[{"reason":...,"detail":...}, ...]}; then
/// the version, and for how many seconds the server has been running.
[[nodiscard]] std::string health_json(const command::Server& server,
                                      const std::vector<Hindrance>& hindrances);

}  // namespace sideline::admin
