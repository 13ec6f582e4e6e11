#include "server/command/dispatcher.h"

#include <algorithm>
#include <array>
#include <limits>
#include <new>
#include <string>
#include <vector>

#include <absl/container/inlined_vector.h>

#include "server/command/core/errors.h"
#include "server/command/table/row_arguments.h"

namespace sideline::command {
namespace {

/// How old the wall clock's reading may get within a batch.
constexpr std::int64_t kWallAgeNs = 500'000;

/// The error that was written at `begin`, up to its code's end.
std::string error_code(resp::OutputBuffer& out, std::size_t begin) {
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

bool Dispatcher::is_plain(const Row& row) const {
  return row.only_key != 0 && (row.flags & (kProtected | server_.refused)) == 0;
}

void Dispatcher::prepare(const Client& client, std::span<Request> requests) const {
  constexpr std::size_t kMostKeys = 64;
  absl::InlinedVector<libcache::HashedKey, kMostKeys> keys;
  const int database = client.database.load(std::memory_order_relaxed);
  const auto add_key = [&](Request& request, std::size_t i) {
    const libcache::HashedKey key = server_.cache.hash({request.args[i], database});
    request.hash = key.hash;
    if (keys.size() < kMostKeys) keys.emplace_back(key.key, key.hash);
  };
  const Request* before = nullptr;
  for (Request& request : requests) {
    // A subcommand decides too.
    if (request.repeats && before != nullptr && before->is_plain &&
        before->row->parent == nullptr) {
      request.row = before->row;
      request.is_plain = true;
      add_key(request, request.row->only_key);
      continue;
    }
    request.is_plain = false;
    if (request.args.empty()) continue;
    request.row = server_.table.find(request.args);
    before = &request;
    const std::size_t arguments = request.args.size();
    if (request.row == nullptr || !arity_fits(*request.row, arguments)) continue;
    request.is_plain = is_plain(*request.row);
    if (request.row->only_key != 0) {
      add_key(request, request.row->only_key);
    } else {
      for_each_key(*request.row, arguments, [&](std::size_t i, const KeyRange&) {
        if (keys.size() < kMostKeys) add_key(request, i);
      });
    }
  }
  if (requests.size() > 1) server_.cache.prefetch(keys);
}

Dispatcher::Result Dispatcher::execute(Client& client, std::span<const std::string_view> args,
                                       resp::Reply& reply) {
  Request request{.args = args};
  prepare(client, std::span(&request, 1));
  return execute(client, std::span(&request, 1), reply, std::numeric_limits<std::size_t>::max())
      .result;
}

Dispatcher::Progress Dispatcher::execute(Client& client, std::span<const Request> requests,
                                         resp::Reply& reply, std::size_t most_output) {
  const bool has_no_wishes = client.reply_mode == Client::ReplyMode::kOn &&
                             !client.paused.load(std::memory_order_relaxed) &&
                             !client.monitor.load(std::memory_order_relaxed) &&
                             client.batch_time.running;
  std::size_t done = 0;
  for (const Request& request : requests) {
    if (!has_no_wishes || !request.is_plain || !may_do_everything(client) ||
        lacks_memory(*request.row)) {
      const Result result =
          request.args.empty() ? Result::kDone : check_and_run(client, request, reply);
      return {done + (result == Result::kPaused ? 0 : 1), result};
    }
    client.last_command.store(request.row, std::memory_order_relaxed);
    run(client, request, reply);
    ++done;
    if (reply.out().size() >= most_output) break;
  }
  return {done, Result::kDone};
}

/// As things stand. Another thread may change that between two requests of a batch.
bool Dispatcher::may_do_everything(const Client& client) const {
  return client.session.unrestricted == server_.acl.version() && !server_.pause.pending() &&
         server_.obstacles.load(std::memory_order_relaxed) == 0 &&
         !client.killed.load(std::memory_order_relaxed);
}

bool Dispatcher::lacks_memory(const Row& row) const {
  return (row.flags & kDenyOom) != 0 && server_.out_of_memory();
}

Dispatcher::Result Dispatcher::run(Client& client, const Request& request, resp::Reply& reply) {
  Context context(server_, client, *request.row, request.args, reply, client.batch_time.wall_ms);
  const std::size_t begin = reply.out().size();
  try {
    call(context, request);
  } catch (const std::bad_alloc&) {
    reply.out().truncate(begin);
    reply.error(errors::kOom);
  }

  // A guest whose machine changes may see the clock go back.
  const std::int64_t end_ns = server_.tick_clock.now_ns();
  const auto duration_ns = std::max<std::int64_t>(0, end_ns - client.batch_time.steady_ns);
  const bool failed = reply.take_errors() != 0;
  server_.command_stats.record_call(client.thread, context.row.index, duration_ns, failed);
  if (failed) server_.command_stats.record_error(client.thread, error_code(reply.out(), begin));
  if (server_.slowlog.wants(duration_ns) || server_.latency.wants(duration_ns) ||
      server_.monitors.active()) {
    observe(context, duration_ns);
  }
  client.batch_time.steady_ns = end_ns;
  if (client.batch_time.running && end_ns - client.batch_time.wall_read_ns > kWallAgeNs) {
    client.batch_time.wall_read_ns = end_ns;
    client.batch_time.wall_ms = server_.clock.now_ms();
  }
  return settle(client, reply, begin);
}

void Dispatcher::call(Context& context, const Request& request) {
  const Row& row = context.row;
  if (row.keys.empty()) return row.handler(context);
  HotKeys& hot_keys = server_.hot_keys;
  const std::size_t thread = context.client.thread;
  if (row.only_key != 0) {
    const libcache::HashedKey key{context.key(row.only_key), request.hash};
    if (hot_keys.wants(thread)) note_access(context, key);
    libcache::KeyLock lock = server_.cache.lock(key);
    context.set_keys(lock);
    return row.handler(context);
  }
  const Keys keys(context);
  for (const libcache::Key& key : keys.span()) {
    if (hot_keys.wants(thread)) note_access(context, server_.cache.hash(key));
  }
  if ((row.flags & kLocksItself) != 0) return row.handler(context);
  libcache::KeyLock lock = server_.cache.lock(keys.span());
  context.set_keys(lock);
  row.handler(context);
}

void Dispatcher::note_access(const Context& context, const libcache::HashedKey& key) {
  server_.hot_keys.add(context.client.thread, {key.hash, key.key.bytes(), key.key.database()},
                       context.now_ms());
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
  return server_.pause.remaining_ms(Pause::steady_ms());
}

}  // namespace sideline::command
