// What may keep a request from running, and what is said then.

#include <string>

#include "server/command/core/denials.h"
#include "server/command/core/errors.h"
#include "server/command/dispatcher.h"
#include "server/command/table/row_arguments.h"
#include "server/config/letter_case.h"

namespace sideline::command {
namespace {

/// A browser that was tricked into talking to this port says this first, and commands after it.
bool is_http(std::string_view name) {
  return config::same_ignoring_case(name, "post") || config::same_ignoring_case(name, "host:");
}

}  // namespace

Dispatcher::Result Dispatcher::check_and_run(Client& client, const Request& request,
                                             resp::Reply& reply) {
  if (client.killed.load(std::memory_order_relaxed)) return Result::kClose;
  const auto& args = request.args;
  const Row* const row = request.row;
  client.last_command.store(row, std::memory_order_relaxed);
  if (row == nullptr) return refuse_unknown(client, args, reply);
  if (!arity_fits(*row, args.size())) {
    return reject(row, errors::wrong_arity(row->full_name), client, reply);
  }
  if ((row->flags & kProtected) != 0 && !may_debug(client)) {
    return reject(row, errors::kDebugNotAllowed, client, reply);
  }
  if (client.session.unrestricted != server_.acl.version()) {
    if (const auto refused = ask_acl(client, request, reply)) return *refused;
  }
  if (const std::string_view error = refusal(client, *row); !error.empty()) {
    return reject(row, error, client, reply);
  }
  if ((row->flags & server_.refused) != 0) {
    return reject(row, errors::no_permission(client.user_name(), row->full_name), client, reply);
  }
  if (!client.batch_time.running) read_clocks(client);
  if ((server_.pause.pending() || client.paused.load(std::memory_order_relaxed)) &&
      hold(client, *row)) {
    return Result::kPaused;
  }
  return run(client, request, reply);
}

std::string_view Dispatcher::refusal(const Client& client, const Row& row) const {
  if (lacks_memory(row)) return errors::kOom;
  if (server_.obstacles.load(std::memory_order_relaxed) != 0) {
    if (const std::string_view error = obstruction(row); !error.empty()) return error;
  }
  if ((row.flags & (kWrite | kReadOnly)) != 0 && client.monitor.load(std::memory_order_relaxed)) {
    return errors::kMonitorKeyspace;
  }
  return {};
}

std::string_view Dispatcher::obstruction(const Row& row) const {
  const std::uint8_t obstacles = server_.obstacles;
  const bool writes = (row.flags & kWrite) != 0;
  // Redis tells who only asks whether all is well, too.
  if ((obstacles & persist::kCannotSave) != 0 && (writes || row.full_name == "ping")) {
    return errors::kCannotSave;
  }
  if ((obstacles & persist::kLoadingFirst) != 0 && (row.flags & kLoading) == 0) {
    return errors::kLoading;
  }
  // What is to be removed or changed may not be there yet; it would come back as it was.
  const bool needs_all = (row.flags & kNoAsyncLoading) != 0 || (writes && !(row.flags & kDenyOom));
  if ((obstacles & persist::kLoadingBeside) != 0 && needs_all) return errors::kLoading;
  return {};
}

std::optional<Dispatcher::Result> Dispatcher::ask_acl(Client& client, const Request& request,
                                                      resp::Reply& reply) {
  const auto& args = request.args;
  const Row* const row = request.row;
  const AclSession& session = client.session;
  if (!server_.acl.refresh(client.session, client.authenticated)) {
    server_.clients.kill(client);
    return Result::kClose;
  }
  if (!session.admitted && (row->flags & kNoAuth) == 0) {
    return reject(row, errors::kNoAuth, client, reply);
  }
  const AclVerdict verdict = session.user->check(*row, args);
  if (verdict.denial == AclDenial::kNone) return std::nullopt;
  const bool is_key = verdict.denial == AclDenial::kKey;
  record_denial(server_, client, args,
                {.denial = verdict.denial,
                 .object = std::string(is_key ? args[verdict.argument] : row->full_name),
                 .user = session.user->name});
  if (is_key) return reject(row, errors::kNoKeyPermission, client, reply);
  return reject(row, errors::no_permission(session.user->name, row->full_name), client, reply);
}

bool Dispatcher::may_debug(const Client& client) const {
  return server_.debug_access == DebugAccess::kEverybody ||
         (server_.debug_access == DebugAccess::kLocal && client.loopback);
}

bool Dispatcher::hold(Client& client, const Row& row) {
  const bool writes = (row.flags & kWrite) != 0;
  const bool held = server_.pause.hold(writes, client.link, Pause::steady_ms());
  client.paused.store(held, std::memory_order_relaxed);
  // It will be a while: what was read of the clocks is of no use then.
  if (held) client.batch_time.running = false;
  return held;
}

Dispatcher::Result Dispatcher::refuse_unknown(Client& client,
                                              std::span<const std::string_view> args,
                                              resp::Reply& reply) {
  if (is_http(args[0])) return Result::kClose;
  const bool is_container = server_.table.find_command(args[0]) != nullptr;
  return reject(
      nullptr,
      is_container ? errors::unknown_subcommand(args[0], args[1]) : errors::unknown_command(args),
      client, reply);
}

Dispatcher::Result Dispatcher::reject(const Row* row, std::string_view error, Client& client,
                                      resp::Reply& reply) {
  const std::size_t begin = reply.out().size();
  reply.error(error);
  static_cast<void>(reply.take_errors());
  server_.command_stats.record_error(client.thread, error);
  if (row != nullptr) server_.command_stats.record_rejection(client.thread, row->index);
  return settle(client, reply, begin);
}

}  // namespace sideline::command
