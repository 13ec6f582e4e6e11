#pragma once

#include <cstddef>

#include "server/config/settings.h"

namespace sideline::net {

/// How many files the process may open, which bounds how many clients it can have.
struct OpenFiles {
  std::size_t before = 0;   ///< they were allowed when that was asked
  std::size_t wanted = 0;   ///< for all clients and the process itself
  std::size_t allowed = 0;  ///< as many of `wanted` as the system grants, and not fewer than before
  int error = 0;            ///< an errno: why they are fewer than `wanted`, or are assumed
  bool is_assumed = false;  ///< the system does not tell: as in Redis, `before` is taken to be 1024
  int clients = 0;          ///< for whom there is room then, at most those that were asked for
};

/// Lets the process open files enough for `clients` and for what else it has with `settings` and so
/// many I/O threads.
[[nodiscard]] OpenFiles make_room_for(int clients, const config::Settings& settings,
                                      std::size_t threads);

}  // namespace sideline::net
