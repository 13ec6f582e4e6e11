#pragma once

#include <utility>

#include "server/config/settings.h"

namespace sideline::test {

/// The same with an admin port, a free one of this machine alone.
inline config::Settings with_admin_port(config::Settings settings) {
  settings.admin_port = 0;
  settings.admin_bind = {"127.0.0.1"};
  return settings;
}

}  // namespace sideline::test
