#include "server/command/core/denials.h"

#include <cstddef>
#include <cstdint>
#include <utility>

#include "server/command/clients/client_line.h"

namespace sideline::command {

void record_denial(Server& server, const Client& client, std::span<const std::string_view> request,
                   AclLog::Event event) {
  std::size_t argument_bytes = 0;
  for (const std::string_view argument : request) argument_bytes += argument.size();
  const std::int64_t now_ms = server.clock.now_ms();
  event.client = client_line(client, now_ms, argument_bytes);
  server.acl_log.add(std::move(event), now_ms);
}

}  // namespace sideline::command
