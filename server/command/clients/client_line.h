#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "server/command/clients/client.h"

namespace sideline::command {

/// One client as CLIENT LIST and CLIENT INFO show it, without the end of the line.
/// `argument_bytes`: of the request that it runs.
[[nodiscard]] std::string client_line(const Client& client, std::int64_t now_ms,
                                      std::size_t argument_bytes);

}  // namespace sideline::command
