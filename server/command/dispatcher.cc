#include "server/command/dispatcher.h"

#include <algorithm>
#include <array>
#include <new>
#include <string>
#include <vector>

#include "server/command/core/denials.h"
#include "server/command/core/errors.h"
#include "server/command/table/row_arguments.h"
#include "server/config/letter_case.h"

namespace sideline::command {
namespace {

/// How old the wall clock's reading may get within a batch.
constexpr std::int64_t kWallAgeNs = 500'000;

/// A browser that was tricked into talking to this port says this first, and commands after it.
bool is_http(std::string_view name) {
  return config::same_ignoring_case(name, "post") || config::same_ignoring_case(name, "host:");
}

/// The error that was written at `begin`, up to its code's end.
std::string error_code(const resp::OutputBuffer& out, std::size_t begin) {
  constexpr std::size_t kLongestCode = 32;
  std::string code;
  for (std::string_view piece : out.front(std::string_view::npos)) {
    const std::size_t skipped = std::min(begin, piece.size());
    begin -= skipped;
    code += piece.substr(skipped, kLongestCode - code.size());
    if (code.size() == kLongestCode) break;
  }
  code.erase(0, 1);
  return code.substr(0, code.find_first_of(" \r"));
}

/// The keys of a request, without an allocation if they are few.
class Keys {
 public:
  explicit Keys(const Context& context) {
    for_each_key(context.row, context.args.size(), [&](std::size_t i, const KeyRange&) {
      if (count_ == few_.size()) many_.assign(few_.begin(), few_.end());
      if (count_ < few_.size()) {
        few_[count_] = context.key(i);
      } else {
        many_.push_back(context.key(i));
      }
      ++count_;
    });
  }
  [[nodiscard]] std::span<const libcache::Key> span() const {
    if (count_ > few_.size()) return many_;
    return std::span(few_).first(count_);
  }

 private:
  std::array<libcache::Key, 16> few_;
  std::vector<libcache::Key> many_;
  std::size_t count_ = 0;
};

}  // namespace

void Dispatcher::prepare(const Client& client, std::span<Request> requests) const {
  const Request* before = nullptr;
  for (Request& request : requests) {
    if (request.args.empty()) continue;
    // Most pipelines repeat one command: 60 instructions less than to find it again.
    const bool repeats = before != nullptr && before->row != nullptr &&
                         before->row->subcommands.empty() && before->row->parent == nullptr &&
                         before->args[0] == request.args[0];
    request.row = repeats ? before->row : server_.table.find(request.args);
    before = &request;
  }
  if (requests.size() > 1) prefetch(client.database.load(std::memory_order_relaxed), requests);
}

void Dispatcher::prefetch(int database, std::span<const Request> requests) const {
  std::array<libcache::Key, 64> keys;
  std::size_t count = 0;
  for (const Request& request : requests) {
    const std::size_t arguments = request.args.size();
    if (request.row == nullptr || !arity_fits(*request.row, arguments)) continue;
    for_each_key(*request.row, arguments, [&](std::size_t i, const KeyRange&) {
      if (count < keys.size()) keys[count++] = {request.args[i], database};
    });
  }
  server_.cache.prefetch(std::span(keys).first(count));
}

Dispatcher::Result Dispatcher::execute(Client& client, std::span<const std::string_view> args,
                                       resp::Reply& reply) {
  Request request{.args = args};
  prepare(client, std::span(&request, 1));
  return execute(client, request, reply);
}

Dispatcher::Result Dispatcher::execute(Client& client, const Request& request, resp::Reply& reply) {
  if (client.killed.load(std::memory_order_relaxed)) return Result::kClose;
  const auto& [args, row] = request;
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

  Context context(server_, client, *row, args, reply, client.batch_time.wall_ms);
  return run(context);
}

std::string_view Dispatcher::refusal(const Client& client, const Row& row) const {
  if ((row.flags & kDenyOom) != 0 && server_.out_of_memory()) return errors::kOom;
  if ((row.flags & (kWrite | kReadOnly)) != 0 && client.monitor.load(std::memory_order_relaxed)) {
    return errors::kMonitorKeyspace;
  }
  return {};
}

std::optional<Dispatcher::Result> Dispatcher::ask_acl(Client& client, const Request& request,
                                                      resp::Reply& reply) {
  const auto& [args, row] = request;
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
  const bool held = server_.pause.hold(writes, client.link, client.batch_time.wall_ms);
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

Dispatcher::Result Dispatcher::run(Context& context) {
  Client& client = context.client;
  const std::size_t begin = context.reply.out().size();
  try {
    call(context);
  } catch (const std::bad_alloc&) {
    context.reply.out().truncate(begin);
    context.reply.error(errors::kOom);
  }

  const std::int64_t end_ns = server_.tick_clock.now_ns();
  const std::int64_t duration_ns = end_ns - client.batch_time.steady_ns;
  const bool failed = context.reply.take_errors() != 0;
  server_.command_stats.record_call(client.thread, context.row.index, duration_ns, failed);
  if (failed) {
    server_.command_stats.record_error(client.thread, error_code(context.reply.out(), begin));
  }
  if (server_.slowlog.wants(duration_ns) || server_.latency.wants(duration_ns) ||
      server_.monitors.active()) {
    observe(context, duration_ns);
  }
  client.batch_time.steady_ns = end_ns;
  if (client.batch_time.running && end_ns - client.batch_time.wall_read_ns > kWallAgeNs) {
    client.batch_time.wall_read_ns = end_ns;
    client.batch_time.wall_ms = server_.clock.now_ms();
  }
  return settle(client, context.reply, begin);
}

void Dispatcher::call(Context& context) {
  const Row& row = context.row;
  if (row.keys.empty() || (row.flags & kLocksItself) != 0) return row.handler(context);
  if (row.only_key != 0) {
    libcache::KeyLock lock = server_.cache.lock(context.key(row.only_key));
    context.set_keys(lock);
    return row.handler(context);
  }
  const Keys keys(context);
  libcache::KeyLock lock = server_.cache.lock(keys.span());
  context.set_keys(lock);
  row.handler(context);
}

void Dispatcher::observe(const Context& context, std::int64_t duration_ns) {
  const Row& row = context.row;
  std::vector<std::string_view> args(context.args.begin(), context.args.end());
  for (const std::size_t i : context.redacted()) args[i] = "(redacted)";

  const std::int64_t now_us = server_.now_us();
  const std::int64_t now_seconds = now_us / 1'000'000;
  if (server_.latency.wants(duration_ns)) {
    const bool fast = (row.flags & kFast) != 0;
    server_.latency.add(fast ? Latency::kFastCommand : Latency::kCommand, now_seconds, duration_ns);
  }
  if ((row.flags & kSkipSlowlog) == 0 && server_.slowlog.wants(duration_ns)) {
    server_.slowlog.add(now_seconds, duration_ns, args, context.client.address,
                        context.client.name());
  }
  if ((row.flags & (kSkipMonitor | kAdmin)) == 0 && server_.monitors.active()) {
    server_.monitors.feed(context.client, context.database(), args, now_us);
  }
}

Dispatcher::Result Dispatcher::settle(Client& client, resp::Reply& reply, std::size_t begin) {
  using Mode = Client::ReplyMode;
  if (client.reply_mode != Mode::kOn) {
    const Mode mode = client.reply_mode;
    if (client.silent()) reply.out().truncate(begin);
    if (mode == Mode::kSkip) client.reply_mode = Mode::kOn;
    if (mode == Mode::kSkipNext) client.reply_mode = Mode::kSkip;
  }
  return client.close_after_reply ? Result::kClose : Result::kDone;
}

void Dispatcher::read_clocks(Client& client) {
  const std::int64_t now_ns = server_.tick_clock.now_ns();
  client.batch_time.wall_ms = server_.clock.now_ms();
  client.batch_time.steady_ns = now_ns;
  client.batch_time.wall_read_ns = now_ns;
  client.last_active_ms.store(client.batch_time.wall_ms, std::memory_order_relaxed);
}

void Dispatcher::begin_batch(Client& client) {
  read_clocks(client);
  client.batch_time.running = true;
}

std::int64_t Dispatcher::pause_remaining_ms() const {
  return server_.pause.remaining_ms(server_.clock.now_ms());
}

}  // namespace sideline::command
