#pragma once

#include <cstddef>
#include <initializer_list>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>
#include <libcache/clock.h>

#include "server/command/clients/client.h"
#include "server/command/core/server.h"
#include "server/command/dispatcher.h"
#include "server/config/config.h"
#include "server/log/log.h"
#include "server/persist/snapshots.h"
#include "server/resp/output_buffer.h"
#include "tests/support/parsed_reply.h"
#include "tests/support/temporary_folder.h"

namespace sideline::test {

/// A client without a socket: what the network layer would send it is kept here.
class TestClient final : public command::Client::Link {
 public:
  TestClient(command::Server& server, std::string address);
  /// Registered, as a connection would be. Use this, not the constructor.
  static std::shared_ptr<TestClient> connect(command::Server& server, std::string address);

  void close() override { closed = true; }
  void push(std::string bytes) override { pushed += bytes; }
  void resume() override { ++resumed; }

  std::shared_ptr<command::Client> client;
  bool closed = false;  ///< by somebody else (CLIENT KILL)
  std::string pushed;   ///< what no request asked for
  int resumed = 0;
  command::Dispatcher::Result result{};  ///< of the last request
  resp::OutputBuffer out;
};

/// The options of a cache that the settings ask for, with a clock of the test's; it does nothing
/// by itself.
[[nodiscard]] libcache::Options cache_options(const config::Settings& settings,
                                              const libcache::Clock& clock);

/// A server without a network, with a clock that stands. Requests are run by client 0 unless
/// another is named:
///
///     EXPECT_EQ(run({"SET", "k", "v"}), "+OK\r\n");                 // the bytes
///     EXPECT_EQ(ask({"GET", "k"}).text, "v");                       // taken apart
///     EXPECT_EQ(show({"MGET", "k", "x"}), R"(["v", nil])");         // on one line
///     EXPECT_EQ(run(client(1), {"CLIENT", "ID"}), ":2\r\n");        // another client
///     clock.advance_ms(1000);
class CommandFixture : public ::testing::Test {
 protected:
  using Arguments = std::initializer_list<std::string_view>;

  explicit CommandFixture(config::Settings settings = default_settings());
  ~CommandFixture() override;

  /// As Redis's, but with 64 MiB of memory.
  static config::Settings default_settings();

  std::string run(Arguments args) { return run(client(0), args); }
  std::string run(TestClient& client, Arguments args);
  std::string run(TestClient& client, std::span<const std::string_view> args);

  ParsedReply ask(Arguments args) { return ask(client(0), args); }
  ParsedReply ask(TestClient& client, Arguments args);

  std::string show(Arguments args) { return to_string(ask(args)); }
  std::string show(TestClient& client, Arguments args) { return to_string(ask(client, args)); }

  /// The client of this number, counted from 0, which connects when it is first used, with the
  /// address 127.0.0.1:<50000 + number>. Its CLIENT ID is one more if they connect in order.
  TestClient& client(std::size_t number);
  /// Moves the clock and does what the cache does when time passes.
  void pass_ms(std::int64_t ms);
  /// One more client, from a UNIX socket.
  TestClient& unix_client();

  TemporaryFolder folder;  ///< `dir`
  libcache::ManualClock clock;
  config::Config config;
  libcache::Cache cache;
  command::Server server;
  log::Log log;  ///< writes nothing
  persist::Snapshots snapshots;
  command::Dispatcher dispatcher;

 private:
  std::vector<std::shared_ptr<TestClient>> clients_;
  std::vector<std::shared_ptr<TestClient>> unix_clients_;
};

}  // namespace sideline::test
