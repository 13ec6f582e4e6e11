#pragma once

#include <cstddef>

#include "server/resp/output_buffer.h"

namespace sideline::net {

/// What a TCP connection of a client needs: no delay of small replies, and probes of a silent peer
/// after this many seconds (0: none).
void set_tcp_options(int socket, int keepalive_seconds);

struct Sent {
  std::size_t bytes = 0;
  std::size_t calls = 0;  ///< to the system, that sent something
  int error = 0;          ///< an errno; 0 also if the socket takes no more
};

/// Sends as much of `output` as the socket takes now, and consumes it.
Sent send_now(int socket, resp::OutputBuffer& output);

}  // namespace sideline::net
