#pragma once

#include "server/command/core/server.h"
#include "server/command/dispatcher.h"
#include "server/log/log.h"
#include "server/net/live_settings.h"
#include "server/resp/loan_budget.h"

namespace sideline::net {

/// What every connection needs of the rest of the process. Thread-safe, as its parts are.
struct Environment {
  Environment(command::Server& its_server, log::Log& its_log)
      : server(its_server),
        log(its_log),
        settings(server.config.settings()),
        dispatcher(server),
        loans(loan_limit(server.cache.max_memory())) {}

  /// The configuration has changed.
  void update(const config::Settings& now) {
    settings.update(now);
    follow_cache();
  }
  /// The cache's limit may have changed.
  void follow_cache() { loans.set_limit(loan_limit(server.cache.max_memory())); }

  command::Server& server;
  log::Log& log;
  LiveSettings settings;
  command::Dispatcher dispatcher;
  /// What waits for slow readers and is still charged to the cache.
  resp::LoanBudget loans;

 private:
  /// Large values need not be copied, and slow readers leave the cache seven eighths of its memory.
  static constexpr std::size_t kLoanShare = 8;

  static std::size_t loan_limit(std::size_t max_memory) {
    return max_memory == 0 ? resp::LoanBudget::kNoLimit : max_memory / kLoanShare;
  }
};

}  // namespace sideline::net
