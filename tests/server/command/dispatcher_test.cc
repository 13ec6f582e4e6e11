#include "server/command/dispatcher.h"

#include <string>
#include <string_view>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "server/config/password_hash.h"
#include "tests/support/command_fixture.h"

namespace sideline::command {
namespace {

using std::string_view_literals::operator""sv;
using testing::AllOf;
using testing::Gt;
using testing::Le;
using testing::StartsWith;
using Result = Dispatcher::Result;

class DispatcherTest : public test::CommandFixture {
 protected:
  using CommandFixture::CommandFixture;

  std::uint64_t calls(std::string_view command) {
    return server.command_stats.totals(server.table.find_full_name(command)->index).calls;
  }
  std::uint64_t rejections(std::string_view command) {
    return server.command_stats.totals(server.table.find_full_name(command)->index).rejected;
  }
  std::uint64_t failures(std::string_view command) {
    return server.command_stats.totals(server.table.find_full_name(command)->index).failed;
  }
  /// Has client 1 wait in a pause, and returns when that has ended by itself.
  void hold_for_a_moment(Arguments request) {
    do {  // once, unless the machine takes longer than the pause
      run({"CLIENT", "PAUSE", "20"});
      run(client(1), request);
    } while (client(1).result != Result::kPaused);
    while (dispatcher.pause_remaining_ms() > 0) std::this_thread::yield();
  }
};

// --- What is no command --------------------------------------------------------------------------

TEST_F(DispatcherTest, AnUnknownCommandIsShownWithItsArguments) {
  EXPECT_EQ(run({"Nope", "a", "b c"}),
            "-ERR unknown command 'Nope', with args beginning with: 'a' 'b c' \r\n");
  EXPECT_EQ(run({"nope"}), "-ERR unknown command 'nope', with args beginning with: \r\n");
  EXPECT_EQ(run({""}), "-ERR unknown command '', with args beginning with: \r\n");
}

TEST_F(DispatcherTest, ALongUnknownCommandIsCut) {
  const std::string name(200, 'n');
  EXPECT_EQ(run({name}),
            "-ERR unknown command '" + std::string(128, 'n') + "', with args beginning with: \r\n");
}

TEST_F(DispatcherTest, TheArgumentsOfAnUnknownCommandAreCutTogether) {
  const std::string a(100, 'a');
  const std::string b(100, 'b');
  EXPECT_EQ(run({"nope", a, b, "c"}), "-ERR unknown command 'nope', with args beginning with: '" +
                                          a + "' '" + std::string(25, 'b') + "' \r\n");
}

TEST_F(DispatcherTest, AnUnknownCommandEndsAtItsFirstZeroByteAndHasNoLineBreaks) {
  EXPECT_EQ(run({"no\r\npe\0x"sv, "a\0b"sv, "\n"}),
            "-ERR unknown command 'no  pe', with args beginning with: 'a' ' ' \r\n");
}

TEST_F(DispatcherTest, AnUnknownSubcommandPointsToHelp) {
  EXPECT_EQ(run({"Client", "Nope", "x"}), "-ERR unknown subcommand 'Nope'. Try CLIENT HELP.\r\n");
}

TEST_F(DispatcherTest, ABrowserIsCutOffWithoutAWord) {
  EXPECT_EQ(run({"POST", "/", "HTTP/1.1"}), "");
  EXPECT_EQ(client(0).result, Result::kClose);
  EXPECT_EQ(run(client(1), {"host:", "x"}), "");
  EXPECT_EQ(client(1).result, Result::kClose);
}

TEST_F(DispatcherTest, APipelineFindsTheRowOfEachRequest) {
  using Words = std::vector<std::string_view>;
  const std::vector<Words> given = {
      {"OBJECT", "ENCODING", "k"},
      {"OBJECT", "FREQ", "k"},
      {"CONFIG"},
      {"CONFIG", "GET", "x"},
      {"nosuch"},
      {"nosuch"},
      {"GET", "a"},
      {},
      {"GET", "b"},
      {"get", "c"},
      {"SET", "d", "e"},
  };
  std::vector<Request> requests;
  for (const Words& args : given) requests.push_back({.args = args});
  dispatcher.prepare(*client(0).client, requests);
  for (std::size_t i = 0; i < given.size(); ++i) {
    const Row* const expected = given[i].empty() ? nullptr : server.table.find(given[i]);
    EXPECT_EQ(requests[i].row, expected) << i;
  }
}

/// Runs requests as a connection does that read them together; returns all replies.
class Batch : public DispatcherTest {
 protected:
  std::string run_all(const std::vector<std::vector<std::string_view>>& given,
                      std::size_t most_output = 1 << 20) {
    std::vector<Request> requests;
    for (const auto& args : given) requests.push_back({.args = args});
    for (std::size_t i = 1; i < given.size(); ++i) {
      requests[i].repeats = !given[i].empty() && given[i].size() == given[i - 1].size() &&
                            given[i][0] == given[i - 1][0];
    }
    Client& from = *client(0).client;
    dispatcher.begin_batch(from);
    dispatcher.prepare(from, requests);
    resp::OutputBuffer out;
    resp::Reply reply(out, 2);
    parts.clear();
    for (std::span<const Request> rest = requests; !rest.empty();) {
      const auto [done, result] = dispatcher.execute(from, rest, reply, most_output);
      last_result = result;
      parts.push_back(done);
      if (result != Result::kDone) break;
      rest = rest.subspan(done);
    }
    std::string bytes;
    for (const std::string_view piece : out.front(1000)) bytes += piece;
    return bytes;
  }

  std::vector<std::size_t> parts;  // how many each call ran
  Result last_result = Result::kDone;
};

TEST_F(Batch, RunsPlainRequestsTogetherAndEndsWithAnother) {
  run({"PING"});  // who the client is and what it may do is looked up by its first request
  EXPECT_EQ(run_all({{"SET", "a", "1"},
                     {"SET", "b", "2"},
                     {"GET", "a"},
                     {"GET", "b"},
                     {"GET", "c"},
                     {"PING"},
                     {},
                     {"GET"},
                     {"GET", "a"}}),
            "+OK\r\n+OK\r\n$1\r\n1\r\n$1\r\n2\r\n$-1\r\n+PONG\r\n"
            "-ERR wrong number of arguments for 'get' command\r\n$1\r\n1\r\n");
  EXPECT_THAT(parts, testing::ElementsAre(6, 1, 1, 1));
}

TEST_F(Batch, EndsWhenThereIsEnoughOutput) {
  run({"SET", "a", "12345678"});
  run_all({{"GET", "a"}, {"GET", "a"}, {"GET", "a"}}, 20);  // 14 bytes each
  EXPECT_THAT(parts, testing::ElementsAre(2, 1));
}

// The hash of a key says nothing of the database; what a request finds there is what counts.
TEST_F(Batch, FollowsAChangeOfTheDatabase) {
  EXPECT_EQ(run_all({{"SET", "k", "0"},
                     {"SELECT", "1"},
                     {"SET", "k", "1"},
                     {"GET", "k"},
                     {"SELECT", "0"},
                     {"GET", "k"}}),
            "+OK\r\n+OK\r\n+OK\r\n$1\r\n1\r\n+OK\r\n$1\r\n0\r\n");
}

// More keys than are prefetched.
TEST_F(Batch, LocksTheRightKeysBehindALongRequest) {
  std::vector<std::string_view> many = {"MGET"};
  many.resize(101, "other");
  run_all({many, {"SET", "x", "1"}, {"SET", "y", "2"}, {"INCR", "x"}});
  EXPECT_EQ(run({"GET", "x"}), "$1\r\n2\r\n");
  EXPECT_EQ(run({"GET", "y"}), "$1\r\n2\r\n");
}

TEST_F(Batch, SubcommandsOfOneContainerAreTheirOwn) {
  run({"SET", "n", "1"});
  EXPECT_EQ(run_all({{"OBJECT", "ENCODING", "n"}, {"OBJECT", "REFCOUNT", "n"}}),
            "$3\r\nint\r\n" + run({"OBJECT", "REFCOUNT", "n"}));
}

TEST_F(Batch, StopsAtAPauseThatBeginsInIt) {
  run_all(
      {{"SET", "a", "1"}, {"CLIENT", "PAUSE", "100", "WRITE"}, {"GET", "a"}, {"SET", "a", "2"}});
  EXPECT_EQ(last_result, Result::kPaused);
  EXPECT_EQ(parts.back(), 0U);
  clock.advance_ms(100);
  EXPECT_EQ(run({"GET", "a"}), "$1\r\n1\r\n");
}

TEST_F(Batch, CountsAndTimesEachRequest) {
  run_all({{"SET", "a", "x"}, {"GET", "a"}, {"GET", "b"}, {"INCR", "a"}});
  EXPECT_THAT(run({"INFO", "commandstats"}),
              testing::AllOf(testing::HasSubstr("cmdstat_get:calls=2,"),
                             testing::HasSubstr("cmdstat_set:calls=1,"),
                             testing::ContainsRegex("cmdstat_incr:calls=1,.*failed_calls=1")));
}

// --- What is refused -----------------------------------------------------------------------------

TEST_F(DispatcherTest, TheNumberOfArgumentsMustFit) {
  EXPECT_EQ(run({"ECHO"}), "-ERR wrong number of arguments for 'echo' command\r\n");
  EXPECT_EQ(run({"ECHO", "a", "b"}), "-ERR wrong number of arguments for 'echo' command\r\n");
  EXPECT_EQ(run({"CLIENT"}), "-ERR wrong number of arguments for 'client' command\r\n");
  EXPECT_EQ(run({"CLIENT", "REPLY"}),
            "-ERR wrong number of arguments for 'client|reply' command\r\n");
}

TEST_F(DispatcherTest, DebugIsRefusedUnlessEnabled) {
  EXPECT_THAT(run({"DEBUG", "SLEEP", "0"}), StartsWith("-ERR DEBUG command not allowed."));
}

class LocalDebug : public DispatcherTest {
 protected:
  static config::Settings settings() {
    config::Settings settings = default_settings();
    settings.enable_debug_command = "local";
    return settings;
  }
  LocalDebug() : DispatcherTest(settings()) {}
};

TEST_F(LocalDebug, IsForThisMachineOnly) {
  EXPECT_EQ(run({"DEBUG", "SLEEP", "0"}), "+OK\r\n");
  client(1).client->loopback = false;
  EXPECT_THAT(run(client(1), {"DEBUG", "SLEEP", "0"}),
              StartsWith("-ERR DEBUG command not allowed."));
}

class WithPassword : public DispatcherTest {
 protected:
  static config::Settings settings() {
    config::Settings settings = default_settings();
    settings.requirepass = config::password_hash("secret");
    return settings;
  }
  WithPassword() : DispatcherTest(settings()) {}
};

TEST_F(WithPassword, NothingRunsBeforeAuthentication) {
  EXPECT_EQ(run({"GET", "k"}), "-NOAUTH Authentication required.\r\n");
  EXPECT_EQ(run({"PING"}), "-NOAUTH Authentication required.\r\n");
  EXPECT_EQ(run({"CLIENT", "ID"}), "-NOAUTH Authentication required.\r\n");
}

TEST_F(WithPassword, NameAndArityAreCheckedFirst) {
  EXPECT_THAT(run({"NOPE"}), StartsWith("-ERR unknown command"));
  EXPECT_THAT(run({"GET"}), StartsWith("-ERR wrong number of arguments"));
}

TEST_F(WithPassword, EverythingRunsAfterIt) {
  EXPECT_EQ(run({"AUTH", "secret"}), "+OK\r\n");
  EXPECT_EQ(run({"PING"}), "+PONG\r\n");
}

TEST_F(WithPassword, EverythingRunsOnceNoPasswordIsNeeded) {
  const std::string_view pairs[] = {"requirepass", ""};
  client(0);
  EXPECT_EQ(config.set(pairs), std::nullopt);
  EXPECT_EQ(run({"PING"}), "+PONG\r\n");
}

TEST_F(WithPassword, WhoeverIsInStaysInWhenThePasswordChanges) {
  run({"AUTH", "secret"});
  const std::string_view pairs[] = {"requirepass", "other"};
  EXPECT_EQ(config.set(pairs), std::nullopt);
  EXPECT_EQ(run({"PING"}), "+PONG\r\n");
}

class FullCache : public DispatcherTest {
 protected:
  static config::Settings settings() {
    config::Settings settings = default_settings();
    settings.maxmemory = std::size_t{1} << 20;
    settings.maxmemory_policy = "noeviction";
    return settings;
  }
  FullCache() : DispatcherTest(settings()) {
    const std::string value(1000, 'v');
    for (int i = 0; i < 2000; ++i) run({"SET", "key:" + std::to_string(i), value});
  }
};

TEST_F(FullCache, RefusesWhatNeedsMemory) {
  EXPECT_EQ(run({"SET", "one-more", std::string(1000, 'v')}),
            "-OOM command not allowed when used memory > 'maxmemory'.\r\n");
}

TEST_F(FullCache, StillReadsAndDeletes) {
  EXPECT_THAT(run({"GET", "key:0"}), StartsWith("$1000\r\n"));
  EXPECT_EQ(run({"DEL", "key:0"}), ":1\r\n");
}

// --- Pauses --------------------------------------------------------------------------------------

TEST_F(DispatcherTest, APauseHoldsEverything) {
  run({"CLIENT", "PAUSE", "600000"});
  EXPECT_EQ(run(client(1), {"GET", "k"}), "");
  EXPECT_EQ(client(1).result, Result::kPaused);
  EXPECT_THAT(dispatcher.pause_remaining_ms(), AllOf(Gt(0), Le(600'000)));
}

TEST_F(DispatcherTest, APauseOfWritesLetsReadsThrough) {
  run({"CLIENT", "PAUSE", "600000", "WRITE"});
  EXPECT_EQ(run(client(1), {"GET", "k"}), "$-1\r\n");
  EXPECT_EQ(run(client(1), {"SET", "k", "v"}), "");
  EXPECT_EQ(client(1).result, Result::kPaused);
}

TEST_F(DispatcherTest, WhatWasHeldRunsWhenThePauseIsOver) {
  hold_for_a_moment({"PING"});
  EXPECT_EQ(run(client(1), {"PING"}), "+PONG\r\n");
}

TEST_F(DispatcherTest, TheEndOfAPauseResumesThoseThatWait) {
  run({"CLIENT", "PAUSE", "600000", "WRITE"});
  run(client(1), {"SET", "k", "v"});
  EXPECT_THAT(run({"CLIENT", "LIST", "ID", "2"}), testing::HasSubstr("flags=b"));
  run({"CLIENT", "UNPAUSE"});
  EXPECT_EQ(client(1).resumed, 1);
  EXPECT_EQ(run(client(1), {"SET", "k", "v"}), "+OK\r\n");
  EXPECT_THAT(run({"CLIENT", "LIST", "ID", "2"}), testing::HasSubstr("flags=N"));
}

TEST_F(DispatcherTest, APauseDoesNotKeepErrorsBack) {
  run({"CLIENT", "PAUSE", "600000"});
  EXPECT_THAT(run(client(1), {"GET"}), StartsWith("-ERR wrong number"));
}

TEST_F(DispatcherTest, ABatchGoesOnAfterAPauseWithNewTime) {
  dispatcher.begin_batch(*client(1).client);
  hold_for_a_moment({"SET", "k", "v", "PX", "50"});
  clock.advance_ms(100);
  EXPECT_EQ(run(client(1), {"SET", "k", "v", "PX", "50"}), "+OK\r\n");
  EXPECT_EQ(run(client(1), {"PTTL", "k"}), ":50\r\n");
}

// --- Replies that are not wanted -----------------------------------------------------------------

TEST_F(DispatcherTest, RepliesCanBeTurnedOffAndOn) {
  EXPECT_EQ(run({"CLIENT", "REPLY", "OFF"}), "");
  EXPECT_EQ(run({"PING"}), "");
  EXPECT_EQ(run({"NOPE"}), "");
  EXPECT_EQ(run({"CLIENT", "REPLY", "SKIP"}), "");
  EXPECT_EQ(run({"PING"}), "");
  EXPECT_EQ(run({"CLIENT", "REPLY", "ON"}), "+OK\r\n");
  EXPECT_EQ(run({"PING"}), "+PONG\r\n");
}

TEST_F(DispatcherTest, OneReplyCanBeSkipped) {
  EXPECT_EQ(run({"CLIENT", "REPLY", "SKIP"}), "");
  EXPECT_EQ(run({"PING"}), "");
  EXPECT_EQ(run({"PING"}), "+PONG\r\n");
}

TEST_F(DispatcherTest, AnErrorCanBeSkippedToo) {
  run({"CLIENT", "REPLY", "SKIP"});
  EXPECT_EQ(run({"NOPE"}), "");
  EXPECT_EQ(run({"PING"}), "+PONG\r\n");
}

TEST_F(DispatcherTest, SkippingCanFollowSkipping) {
  run({"CLIENT", "REPLY", "SKIP"});
  run({"CLIENT", "REPLY", "SKIP"});
  EXPECT_EQ(run({"PING"}), "");
  EXPECT_EQ(run({"PING"}), "+PONG\r\n");
}

TEST_F(DispatcherTest, OnlyTheReplyOfTheRequestIsTakenBack) {
  run({"CLIENT", "REPLY", "SKIP"});
  client(0).out.append("+before\r\n");
  EXPECT_EQ(run({"PING"}), "+before\r\n");
}

// --- Ends ----------------------------------------------------------------------------------------

TEST_F(DispatcherTest, AKilledClientRunsNothingMore) {
  client(1);
  run({"CLIENT", "KILL", "ID", "2"});
  EXPECT_EQ(run(client(1), {"SET", "k", "v"}), "");
  EXPECT_EQ(client(1).result, Result::kClose);
  EXPECT_EQ(run({"EXISTS", "k"}), ":0\r\n");
}

// --- Who is told ---------------------------------------------------------------------------------

TEST_F(DispatcherTest, CallsAreCounted) {
  run({"PING"});
  run({"PING"});
  run({"CLIENT", "ID"});
  EXPECT_EQ(calls("ping"), 2U);
  EXPECT_EQ(calls("client|id"), 1U);
  EXPECT_EQ(calls("client"), 0U);
}

TEST_F(DispatcherTest, FailuresAndRejectionsAreCounted) {
  run({"SELECT", "x"});
  run({"SELECT"});
  EXPECT_EQ(calls("select"), 1U);
  EXPECT_EQ(failures("select"), 1U);
  EXPECT_EQ(rejections("select"), 1U);
}

TEST_F(DispatcherTest, ErrorsAreCountedByCode) {
  run({"SELECT", "x"});
  run({"NOPE"});
  run({"HELLO", "9"});
  EXPECT_THAT(server.command_stats.errors(),
              testing::UnorderedElementsAre(testing::Pair("ERR", 2), testing::Pair("NOPROTO", 1)));
}

TEST_F(DispatcherTest, TheLastCommandIsKnown) {
  run({"CLIENT", "ID"});
  EXPECT_EQ(client(0).client->last_command.load()->full_name, "client|id");
  run({"NOPE"});
  EXPECT_EQ(client(0).client->last_command.load(), nullptr);
}

class KeepsAllInSlowLog : public DispatcherTest {
 protected:
  static config::Settings settings() {
    config::Settings settings = default_settings();
    settings.slowlog_log_slower_than = 0;
    return settings;
  }
  KeepsAllInSlowLog() : DispatcherTest(settings()) {}
};

TEST_F(KeepsAllInSlowLog, RequestsAreKept) {
  run({"CLIENT", "SETNAME", "me"});
  clock.advance_ms(2000);
  run({"SET", "k", "v"});
  const auto entries = server.slowlog.newest(1);
  ASSERT_EQ(entries.size(), 1U);
  EXPECT_THAT(entries[0].args, testing::ElementsAre("SET", "k", "v"));
  EXPECT_EQ(entries[0].address, "127.0.0.1:50000");
  EXPECT_EQ(entries[0].client_name, "me");
  EXPECT_EQ(entries[0].unix_time, 1'700'000'002);
}

TEST_F(KeepsAllInSlowLog, PasswordsAreNotKept) {
  run({"AUTH", "default", "secret"});
  EXPECT_THAT(server.slowlog.newest(1)[0].args,
              testing::ElementsAre("AUTH", "(redacted)", "(redacted)"));
}

TEST_F(KeepsAllInSlowLog, RefusedRequestsAreNotKept) {
  run({"GET"});
  EXPECT_EQ(server.slowlog.size(), 0U);
}

TEST_F(DispatcherTest, QuickRequestsAreNotKeptInSlowLogAndLatency) {
  run({"PING"});
  EXPECT_EQ(server.slowlog.size(), 0U);
  EXPECT_TRUE(server.latency.events().empty());
}

// --- Time ----------------------------------------------------------------------------------------

TEST_F(DispatcherTest, ABatchSharesAReadingOfTheClock) {
  dispatcher.begin_batch(*client(0).client);
  run({"SET", "k", "v", "PX", "50"});
  EXPECT_EQ(run({"PTTL", "k"}), ":50\r\n");
}

TEST_F(DispatcherTest, ARequestIsASignOfLife) {
  clock.advance_ms(5000);
  run({"PING"});
  EXPECT_EQ(client(0).client->last_active_ms, clock.now_ms());
}

}  // namespace
}  // namespace sideline::command
