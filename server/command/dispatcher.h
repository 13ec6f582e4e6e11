#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "server/command/clients/client.h"
#include "server/command/core/context.h"
#include "server/command/core/server.h"
#include "server/resp/reply.h"

namespace sideline::command {

/// A request of a client. Owns nothing.
struct Request {
  std::span<const std::string_view> args;
  /// It has the same command, and as many arguments, as the one before it; only a hint if false.
  bool repeats = false;

  // Set by Dispatcher::prepare().
  const Row* row = nullptr;  ///< null: there is no such command
  std::uint64_t hash = 0;    ///< of the key, if the row has only_key
  /// Nothing about the request itself keeps it from running: it has one key, the right number of
  /// arguments, and a command that is no special case.
  bool is_plain = false;
};

/// Runs requests: the one door between connections and commands. Thread-safe; each client is used
/// by one thread at a time.
class Dispatcher {
 public:
  explicit Dispatcher(Server& server) : server_(server) {}

  enum class Result {
    kDone,    ///< the reply (if any is due) is written
    kPaused,  ///< not run (CLIENT PAUSE): offer it again after pause_remaining_ms() or
              ///< Link::resume()
    kClose,   ///< as kDone; send what is written, then close
  };

  /// Looks the commands of requests up that will run one after the other, and fetches the memory of
  /// their keys, which together takes little longer than for one. Those without arguments are left
  /// alone.
  void prepare(const Client& client, std::span<Request> requests) const;

  struct Progress {
    std::size_t done;  ///< requests that need not be offered again
    Result result;     ///< of the last of them, or kPaused: of the next
  };
  /// Runs prepared requests in their order: checks what has to hold before each of them, locks its
  /// keys, runs it, and tells slow log, monitors and statistics. Ends with the first that is not
  /// plain, as it may change what the next may do, or when `reply` has so many bytes of output.
  /// Requests without arguments are passed over. The reply's protocol is changed by HELLO and
  /// RESET. Precondition: there is a request.
  [[nodiscard]] Progress execute(Client& client, std::span<const Request> requests,
                                 resp::Reply& reply, std::size_t most_output);
  /// Prepares and runs one request. `args` must not be empty.
  [[nodiscard]] Result execute(Client& client, std::span<const std::string_view> args,
                               resp::Reply& reply);

  /// Tells that the requests that follow were all at hand at this moment (read from the socket
  /// together). Optional: it spares each of them one of two readings of the clock. Call it again
  /// for each batch, as the time between two of them would count as the first request's.
  void begin_batch(Client& client);

  /// How long a client that got kPaused has to wait if nobody resumes it.
  [[nodiscard]] std::int64_t pause_remaining_ms() const;

 private:
  [[nodiscard]] bool is_plain(const Row& row) const;
  /// Checks, and runs, one request.
  [[nodiscard]] Result check_and_run(Client& client, const Request& request, resp::Reply& reply);
  Result refuse_unknown(Client& client, std::span<const std::string_view> args, resp::Reply& reply);
  /// What becomes of a request that the client's user may not make; nothing if it may. Only who may
  /// do everything need not ask.
  [[gnu::noinline]] std::optional<Result> ask_acl(Client& client, const Request& request,
                                                  resp::Reply& reply);
  /// Why a request may not run now; empty if it may.
  [[nodiscard]] std::string_view refusal(const Client& client, const Row& row) const;
  [[nodiscard]] bool may_do_everything(const Client& client) const;
  [[nodiscard]] bool lacks_memory(const Row& row) const;
  /// As refusal(), while there are obstacles. Rare.
  [[nodiscard, gnu::noinline]] std::string_view obstruction(const Row& row) const;
  [[nodiscard]] bool may_debug(const Client& client) const;
  [[nodiscard]] bool hold(Client& client, const Row& row);
  /// Replies with an error to what does not run. `row` is null if there is no such command.
  Result reject(const Row* row, std::string_view error, Client& client, resp::Reply& reply);

  Result run(Client& client, const Request& request, resp::Reply& reply);
  /// Locks the keys and calls the handler.
  void call(Context& context, const Request& request);
  /// Rare. Inlined, it takes the room of call(): 23 instructions more for each GET.
  [[gnu::noinline]] void observe(const Context& context, std::int64_t duration_ns);
  /// Of one that HotKeys wants.
  [[gnu::noinline]] void note_access(const Context& context, const libcache::HashedKey& key);
  /// Takes the reply, which starts at `begin`, back if the client wants none (CLIENT REPLY).
  static Result settle(Client& client, resp::Reply& reply, std::size_t begin);
  void read_clocks(Client& client);

  Server& server_;
};

}  // namespace sideline::command
