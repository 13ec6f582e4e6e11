#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <exception>
#include <iostream>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <variant>

#include <libcache/cache.h>

#include "server/admin/admin_port.h"
#include "server/admin/supervisor.h"
#include "server/command/core/server.h"
#include "server/command/families.h"
#include "server/config/config.h"
#include "server/config/help.h"
#include "server/config/load.h"
#include "server/log/log.h"
#include "server/net/network.h"
#include "server/persist/check.h"
#include "server/persist/snapshots.h"
#include "server/tls/context.h"
#include "server/version.h"

namespace {

using sideline::admin::AdminPort;
using sideline::admin::Supervisor;
using sideline::config::Invocation;
using sideline::net::Network;
using sideline::persist::Snapshots;

constexpr int kFailure = 1;

/// The environment of the process.
std::span<const char* const> variables() {
  std::size_t count = 0;
  while (::environ[count] != nullptr) ++count;
  return {::environ, count};
}

int fail(std::string_view reason) {
  std::cerr << "sideline-server: " << reason << '\n';
  return kFailure;
}

/// Tells of what nothing comes of, apart from what was asked for.
void warn(const Invocation& invocation) {
  if (!invocation.warning.empty()) std::cerr << "sideline-server: " << invocation.warning << '\n';
}

int serve(Invocation invocation) {
  const auto level = sideline::log::level_of(invocation.settings.loglevel);
  sideline::log::Log log(invocation.settings.logfile, *level);
  if (const auto failure = log.reopen()) return fail(*failure);

  sideline::config::Config config(std::move(invocation.settings), std::move(invocation.path),
                                  sideline::config::Change::kAtRunTime, invocation.origins);
  libcache::Cache cache(sideline::command::cache_options(config.settings()));
  sideline::command::Server server(config, cache, sideline::command::all_families());
  log.notice({"sideline-server ", sideline::kVersion, " (", sideline::kGitCommit, ")"});
  if (!invocation.warning.empty()) log.warning({invocation.warning});
  Snapshots snapshots({.cache = cache,
                       .config = config,
                       .log = log,
                       .changes = [&server] { return server.changes(); },
                       .obstacles = server.obstacles});
  server.snapshots = &snapshots;
  snapshots.begin_load();
  auto network = std::make_unique<Network>(server, log);
  auto admin = std::make_unique<AdminPort>(network->context(), server, log);
  auto failure = admin->listen();
  if (!failure) failure = network->start();
  if (failure) {
    log.warning({*failure});
    return kFailure;
  }
  auto supervisor = std::make_unique<Supervisor>(network->context(), server, log,
                                                 sideline::admin::supervision(std::getenv));
  const Network::Outcome outcome = network->run();
  supervisor->follow();
  if (outcome == Network::Outcome::kForced) std::_Exit(kFailure);
  const bool is_to_save = network->ended_by_signal() && !config.settings().save.empty();
  // From now on another signal ends the process, however long saving takes.
  std::signal(SIGTERM, SIG_DFL);
  std::signal(SIGINT, SIG_DFL);
  bool saved = true;
  const auto save = [&] { saved = snapshots.save_finally() != Snapshots::Outcome::kFailed; };
  // Who asks meanwhile is told that the server is about to end.
  if (is_to_save) network->attend(save);
  supervisor.reset();
  admin.reset();
  if (outcome == Network::Outcome::kEnded) network.reset();
  const int code = saved ? EXIT_SUCCESS : kFailure;
  if (outcome == Network::Outcome::kStuck) std::_Exit(code);
  log.notice({"Bye"});
  return code;
}

/// What the command line and the files say is in order; the users, and what TLS needs, are not
/// known to be.
int check(const Invocation& invocation) {
  namespace command = sideline::command;
  const command::Table table(command::all_families());
  command::Acl acl(table);
  const sideline::config::Config config(invocation.settings, invocation.path,
                                        sideline::config::Change::kAtRunTime, invocation.origins);
  const bool wins = command::password_wins(invocation.settings, config.source("requirepass"));
  const auto failure = command::make_users(invocation.settings, wins, acl);
  if (failure) return fail(*failure);
  if (invocation.settings.tls_port != 0) {
    const auto context = sideline::tls::make_context(invocation.settings);
    const auto* const wrong = std::get_if<sideline::tls::ContextFailure>(&context);
    if (wrong != nullptr) return fail("TLS: " + wrong->text);
  }
  warn(invocation);
  std::cout << "The configuration is valid\n";
  return EXIT_SUCCESS;
}

/// Tells what a start would make of a snapshot, in lines of a name and a number.
int check_snapshot(const Invocation& invocation) {
  const auto result = sideline::persist::check(invocation.snapshot, invocation.settings);
  if (result.failure) {
    return fail("snapshot '" + invocation.snapshot + "' refused at byte " +
                std::to_string(result.failure->offset) + ": " + result.failure->reason);
  }
  std::cout << "The snapshot is valid\nkeys " << result.keys << "\nleft_out " << result.left_out
            << "\nfunctions " << result.functions << '\n';
  return EXIT_SUCCESS;
}

int run(std::span<const char* const> arguments) {
  auto loaded = sideline::config::load(arguments, std::cin, variables());
  if (const auto* const error = std::get_if<sideline::config::LoadError>(&loaded)) {
    return fail("the configuration has errors:\n" + error->text);
  }
  auto& invocation = std::get<Invocation>(loaded);
  switch (invocation.action) {
    case Invocation::Action::kShowVersion:
      std::cout << "sideline-server " << sideline::kVersion << " (" << sideline::kGitCommit
                << ")\n";
      return EXIT_SUCCESS;
    case Invocation::Action::kShowHelp:
      std::cout << sideline::config::help();
      return EXIT_SUCCESS;
    case Invocation::Action::kCheckConfig:
      return check(invocation);
    case Invocation::Action::kPrintConfig:
      warn(invocation);
      std::cout << sideline::config::print(invocation);
      return EXIT_SUCCESS;
    case Invocation::Action::kCheckSnapshot:
      return check_snapshot(invocation);
    case Invocation::Action::kServe:
      return serve(std::move(invocation));
  }
  return kFailure;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    return run(std::span(argv, static_cast<std::size_t>(argc)).subspan(1));
  } catch (const std::exception& error) {
    return fail(error.what());
  }
}
