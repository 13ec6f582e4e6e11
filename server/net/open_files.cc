#include "server/net/open_files.h"

#include <sys/resource.h>

#include <algorithm>
#include <cerrno>

namespace sideline::net {
namespace {

// Standard streams and the log; listening sockets; what the main thread waits by (4); files that
// are read or written for a while: a snapshot, the configuration, users, certificates.
constexpr std::size_t kOwnFiles = 64;
// An epoll and an event descriptor.
constexpr std::size_t kFilesAThread = 2;
// As many connections as it has; see admin::Limits.
constexpr std::size_t kAdminConnections = 32;

// What is allowed if the system does not tell.
constexpr rlim_t kAssumed = 1024;

std::size_t own_files(const config::Settings& settings, std::size_t threads) {
  const bool has_admin_port = settings.admin_port >= 0;
  return kOwnFiles + kFilesAThread * threads + (has_admin_port ? kAdminConnections : 0);
}

/// Allows more, as near to `wanted` as it gets. Returns an errno.
int raise(rlimit& limit, rlim_t wanted) {
  // A privileged process may raise the hard limit as well.
  const rlimit raised{.rlim_cur = wanted, .rlim_max = std::max(wanted, limit.rlim_max)};
  if (::setrlimit(RLIMIT_NOFILE, &raised) == 0) {
    limit = raised;
    return 0;
  }
  const int error = errno;
  const rlimit possible{.rlim_cur = std::min(wanted, limit.rlim_max), .rlim_max = limit.rlim_max};
  if (::setrlimit(RLIMIT_NOFILE, &possible) == 0) limit = possible;
  return limit.rlim_cur < wanted ? error : 0;
}

}  // namespace

OpenFiles make_room_for(int clients, const config::Settings& settings, std::size_t threads) {
  const std::size_t own = own_files(settings, threads);
  OpenFiles files{.wanted = static_cast<std::size_t>(clients) + own};
  rlimit limit{};
  files.is_assumed = ::getrlimit(RLIMIT_NOFILE, &limit) != 0;
  if (files.is_assumed) {
    files.error = errno;
    limit.rlim_cur = kAssumed;
  }
  files.before = limit.rlim_cur;
  if (limit.rlim_cur < files.wanted && !files.is_assumed) {
    files.error = raise(limit, files.wanted);
  }
  files.allowed = limit.rlim_cur;
  const std::size_t left = files.allowed > own ? files.allowed - own : 0;
  files.clients = static_cast<int>(std::min(static_cast<std::size_t>(clients), left));
  return files;
}

}  // namespace sideline::net
