#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "server/command/observe/latency.h"
#include "server/config/settings.h"

namespace sideline::command {

/// LATENCY GRAPH: a column a sample, with its height for how long it took and its age below.
[[nodiscard]] std::string latency_graph(std::string_view event, const Latency::Series& series,
                                        std::int64_t now_seconds);

/// LATENCY DOCTOR: what was seen of each event, and what may be done about it.
[[nodiscard]] std::string latency_report(const Latency::Events& events,
                                         const config::Settings& settings,
                                         std::int64_t now_seconds);

}  // namespace sideline::command
