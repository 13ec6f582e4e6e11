#include "server/net/open_files.h"

#include <sys/resource.h>

#include <algorithm>
#include <limits>

namespace sideline::net {
namespace {

// Standard streams, log, listening sockets, configuration files; the main thread's epoll, timer and
// event descriptor; an epoll and an event descriptor for each of up to 128 I/O threads; and 32
// connections of the admin port.
constexpr rlim_t kOwnFiles = 64 + 3 + 2 * 128 + 32;

int clients_within(rlim_t files) {
  if (files == RLIM_INFINITY) return std::numeric_limits<int>::max();
  const rlim_t clients = files > kOwnFiles ? files - kOwnFiles : 0;
  return static_cast<int>(std::min<rlim_t>(clients, std::numeric_limits<int>::max()));
}

}  // namespace

int make_room_for(int clients) {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return 0;
  const rlim_t wanted = static_cast<rlim_t>(clients) + kOwnFiles;
  if (limit.rlim_cur < wanted) {
    // A privileged process may raise the hard limit as well.
    rlimit raised{.rlim_cur = wanted, .rlim_max = std::max(wanted, limit.rlim_max)};
    if (::setrlimit(RLIMIT_NOFILE, &raised) != 0) {
      raised = {.rlim_cur = std::min(wanted, limit.rlim_max), .rlim_max = limit.rlim_max};
      if (::setrlimit(RLIMIT_NOFILE, &raised) != 0) raised = limit;
    }
    limit = raised;
  }
  return std::min(clients, clients_within(limit.rlim_cur));
}

}  // namespace sideline::net
