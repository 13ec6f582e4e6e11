#pragma once

#include "server/command/core/server.h"
#include "server/command/dispatcher.h"
#include "server/log/log.h"
#include "server/net/live_settings.h"

namespace sideline::net {

/// What every connection needs of the rest of the process. Thread-safe, as its parts are.
struct Environment {
  command::Server& server;
  log::Log& log;
  LiveSettings settings;
  command::Dispatcher dispatcher;
};

}  // namespace sideline::net
