#include "bench/hitratio/server_replay.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <memory>
#include <numeric>
#include <span>
#include <stdexcept>
#include <string_view>
#include <thread>
#include <vector>

#include <hiredis/hiredis.h>

#include "bench/hitratio/server_process.h"

namespace bench {
namespace {

constexpr std::size_t kWindow = 32;

struct FreeReply {
  void operator()(redisReply* reply) const { ::freeReplyObject(reply); }
};
using Reply = std::unique_ptr<redisReply, FreeReply>;

class Client {
 public:
  explicit Client(const std::string& socket) : context_(::redisConnectUnix(socket.c_str())) {
    if (context_ == nullptr || context_->err != 0) throw std::runtime_error("cannot connect");
  }

  /// Puts a command into the output, without waiting for its reply.
  void send(std::initializer_list<std::string_view> words) {
    std::array<const char*, 3> data;
    std::array<std::size_t, 3> sizes;
    std::size_t count = 0;
    for (const std::string_view word : words) {
      data[count] = word.data();
      sizes[count++] = word.size();
    }
    ::redisAppendCommandArgv(context_.get(), static_cast<int>(count), data.data(), sizes.data());
  }

  /// The reply to the first command that has had none. Throws if it is an error.
  Reply receive() {
    void* reply = nullptr;
    if (::redisGetReply(context_.get(), &reply) != REDIS_OK) {
      throw std::runtime_error("the connection broke");
    }
    Reply result(static_cast<redisReply*>(reply));
    if (result->type == REDIS_REPLY_ERROR) throw std::runtime_error(result->str);
    return result;
  }

  Reply run(std::initializer_list<std::string_view> words) {
    send(words);
    return receive();
  }

 private:
  struct Free {
    void operator()(redisContext* context) const { ::redisFree(context); }
  };
  std::unique_ptr<redisContext, Free> context_;
};

std::string key_of(std::uint32_t number) {
  const std::string digits = std::to_string(number);
  return "key:" + std::string(12 - digits.size(), '0') + digits;
}

void store(Client& client, std::span<const std::uint32_t> keys, const std::string& value) {
  for (const std::uint32_t key : keys) client.send({"SET", key_of(key), value});
  for (std::size_t i = 0; i < keys.size(); ++i) client.receive();
}

/// Returns how many were found.
std::size_t read_or_store(Client& client, std::span<const std::uint32_t> keys,
                          const std::string& value) {
  for (const std::uint32_t key : keys) client.send({"GET", key_of(key)});
  std::vector<std::uint32_t> missing;
  for (const std::uint32_t key : keys) {
    const bool found = client.receive()->type != REDIS_REPLY_NIL;
    const bool comes_again = std::find(missing.begin(), missing.end(), key) != missing.end();
    if (!found && !comes_again) missing.push_back(key);
  }
  store(client, missing, value);
  return keys.size() - missing.size();
}

/// A number out of what INFO says.
std::size_t info_number(Client& client, std::string_view section, const std::string& field) {
  const Reply reply = client.run({"INFO", section});
  const std::string_view text(reply->str, reply->len);
  const std::string start = "\n" + field + ":";
  const std::size_t at = text.find(start);
  std::size_t number = 0;
  if (at == std::string_view::npos ||
      std::from_chars(text.data() + at + start.size(), text.data() + text.size(), number).ec !=
          std::errc()) {
    throw std::runtime_error("INFO has no " + field);
  }
  return number;
}

template <class Visit>
void for_each_window(const Trace& trace, Visit visit) {
  std::span<const std::uint32_t> rest = trace;
  while (!rest.empty()) {
    const std::size_t count = std::min(kWindow, rest.size());
    visit(rest.first(count));
    rest = rest.subspan(count);
  }
}

/// Holds the sender up so that it sends no more than so many requests a second.
class Pace {
 public:
  explicit Pace(double requests_a_second) : seconds_a_request_(1 / requests_a_second) {}

  void sent(std::size_t requests) {
    sent_ += requests;
    const std::chrono::duration<double> due(seconds_a_request_ * static_cast<double>(sent_));
    std::this_thread::sleep_until(start_ + std::chrono::duration_cast<Clock::duration>(due));
  }

 private:
  using Clock = std::chrono::steady_clock;
  const double seconds_a_request_;
  const Clock::time_point start_ = Clock::now();
  std::size_t sent_ = 0;
};

std::vector<std::string> with_fast_clock(const std::string& program) {
  return {"env", "LD_PRELOAD=" FAST_CLOCK, program};
}

}  // namespace

std::size_t limit_for(const Server& server, std::size_t entries, std::size_t value_bytes) {
  const ServerProcess process({server.program}, server.options);
  Client client(process.socket());
  const std::string value(value_bytes, 'v');
  Trace keys(entries);
  std::iota(keys.begin(), keys.end(), 0U);
  for_each_window(keys, [&](auto window) { store(client, window, value); });
  return info_number(client, "memory", "used_memory");
}

ServerReplay replay(const Trace& trace, const Server& server, const Load& load) {
  constexpr double kLifeSeconds = 100.0 / 500;  // 100 of the server's
  std::vector<std::string> options = server.options;
  options.insert(options.end(),
                 {"--maxmemory", std::to_string(load.limit), "--maxmemory-policy", "allkeys-lru"});
  const ServerProcess process(with_fast_clock(server.program), options);
  Client client(process.socket());
  const std::string value(load.value_bytes, 'v');
  Pace pace(static_cast<double>(load.requests_a_life) / kLifeSeconds);
  std::size_t hits = 0;
  for_each_window(trace, [&](auto window) {
    hits += read_or_store(client, window, value);
    pace.sent(window.size());
  });
  const auto held = static_cast<std::size_t>(client.run({"DBSIZE"})->integer);
  return {static_cast<double>(hits) / static_cast<double>(trace.size()), held};
}

}  // namespace bench
