#include "server/admin/supervisor.h"

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <map>
#include <string>

#include <gmock/gmock.h>

#include "server/net/socket_address.h"
#include "tests/support/command_fixture.h"

namespace sideline::admin {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;
using ::testing::StartsWith;

/// With a socket as systemd's.
class SupervisorTest : public test::CommandFixture {
 protected:
  static config::Settings supervised(std::string how) {
    config::Settings settings = default_settings();
    settings.supervised = std::move(how);
    return settings;
  }

  explicit SupervisorTest(const std::string& how = "systemd") : CommandFixture(supervised(how)) {
    const auto address = net::SocketAddress::unix_path(path).value();
    EXPECT_EQ(::bind(socket.get(), address.get(), address.size), 0);
  }

  /// The next message; empty if there is none.
  std::string told() {
    std::array<char, 1000> bytes{};
    const ssize_t size = ::recv(socket.get(), bytes.data(), bytes.size(), MSG_DONTWAIT);
    return size <= 0 ? "" : std::string(bytes.data(), static_cast<std::size_t>(size));
  }

  /// Sends messages "x" until no more are taken. By many senders, as each one may send so many.
  void fill() {
    const auto address = net::SocketAddress::unix_path(path).value();
    for (bool takes = true; takes;) {
      const FileDescriptor sender(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
      takes = false;
      while (::sendto(sender.get(), "x", 1, 0, address.get(), address.size) == 1) takes = true;
    }
  }
  /// Takes those, and what comes behind them stays.
  void drain() {
    char first = 'x';
    while (::recv(socket.get(), &first, 1, MSG_PEEK | MSG_DONTWAIT) == 1 && first == 'x') told();
  }

  const std::string path = folder.path("notify");
  FileDescriptor socket{::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0)};
  boost::asio::io_context context;
  std::string events;
  log::Log to_test{[this](std::string_view event) { events += event; }, log::Level::kNotice};
};

class SupervisedAuto : public SupervisorTest {
 protected:
  SupervisedAuto() : SupervisorTest("auto") {}
};
class SupervisedNo : public SupervisorTest {
 protected:
  SupervisedNo() : SupervisorTest("no") {}
};

TEST_F(SupervisorTest, TellsThatClientsAreServed) {
  Supervisor supervisor(context, server, log, {.socket = path});
  EXPECT_TRUE(server.supervised);
  EXPECT_THAT(told(), StartsWith("READY=1\n"));
  supervisor.follow();
  EXPECT_EQ(told(), "");
}

TEST_F(SupervisorTest, IsNotReadyBeforeTheSnapshotIsLoaded) {
  server.obstacles = persist::kLoadingFirst;
  Supervisor supervisor(context, server, log, {.socket = path});
  EXPECT_EQ(told(), "");
  server.obstacles = 0;
  context.run_one();  // by itself
  EXPECT_THAT(told(), StartsWith("READY=1\n"));
}

TEST_F(SupervisorTest, TellsThatTheServerIsAboutToEnd) {
  Supervisor supervisor(context, server, log, {.socket = path});
  EXPECT_THAT(told(), StartsWith("READY=1\n"));
  server.stopping = true;
  supervisor.follow();
  EXPECT_THAT(told(), StartsWith("STOPPING=1\n"));
  supervisor.follow();
  EXPECT_EQ(told(), "");
}

TEST_F(SupervisorTest, WhoStopsBeforeItIsReadyNeverIs) {
  server.obstacles = persist::kLoadingFirst;
  Supervisor supervisor(context, server, log, {.socket = path});
  server.stopping = true;
  supervisor.follow();
  EXPECT_THAT(told(), StartsWith("STOPPING=1\n"));
  server.obstacles = 0;
  supervisor.follow();
  EXPECT_EQ(told(), "");
}

TEST_F(SupervisorTest, GivesSignsOfLifeIfTheyAreWanted) {
  Supervisor supervisor(context, server, log, {.socket = path, .watchdog = 2us});
  EXPECT_THAT(told(), StartsWith("READY=1\n"));
  EXPECT_EQ(told(), "WATCHDOG=1");
  context.run_one();
  EXPECT_EQ(told(), "WATCHDOG=1");
}

TEST_F(SupervisorTest, GivesNoneTooEarly) {
  Supervisor supervisor(context, server, log, {.socket = path, .watchdog = 1h});
  EXPECT_THAT(told(), StartsWith("READY=1\n"));
  supervisor.follow();
  EXPECT_EQ(told(), "");
}

TEST_F(SupervisorTest, GivesNoneWhileAThreadHangs) {
  const auto now = std::chrono::steady_clock::now();
  server.heartbeats.beat(0, now - 1min);
  Supervisor supervisor(context, server, to_test, {.socket = path, .watchdog = 1us});
  EXPECT_THAT(told(), StartsWith("READY=1\n"));
  supervisor.follow();
  EXPECT_EQ(told(), "");
  EXPECT_THAT(events, HasSubstr("an I/O thread has been busy with one thing for 60 s"));
  EXPECT_EQ(events.find("busy with"), events.rfind("busy with"));  // once
  server.heartbeats.beat(0, now);
  supervisor.follow();
  EXPECT_EQ(told(), "WATCHDOG=1");
}

TEST_F(SupervisorTest, GivesSignsWhileItEndsWithoutAThreadThatHangs) {
  server.heartbeats.beat(0, std::chrono::steady_clock::now() - 1min);
  server.stopping = true;
  Supervisor supervisor(context, server, to_test, {.socket = path, .watchdog = 1us});
  EXPECT_THAT(told(), StartsWith("STOPPING=1\n"));
  EXPECT_EQ(told(), "WATCHDOG=1");
}

TEST_F(SupervisorTest, AThreadMayBeBusyForAsLongAsTheWatchdogWaits) {
  server.heartbeats.beat(0, std::chrono::steady_clock::now() - 3s);
  Supervisor supervisor(context, server, to_test, {.socket = path, .watchdog = 1h});
  EXPECT_THAT(told(), StartsWith("READY=1\n"));
  EXPECT_EQ(events, "");
}

TEST_F(SupervisorTest, KnowsTheAbstractNamespace) {
  const std::string name = "@" + path;
  sockaddr_un address{.sun_family = AF_UNIX, .sun_path = {}};
  path.copy(&address.sun_path[1], path.size());
  FileDescriptor abstract(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  ASSERT_EQ(::bind(abstract.get(), reinterpret_cast<const sockaddr*>(&address),
                   static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + name.size())),
            0);
  std::swap(socket, abstract);
  Supervisor supervisor(context, server, log, {.socket = name});
  EXPECT_THAT(told(), StartsWith("READY=1\n"));
}

TEST_F(SupervisorTest, WarnsIfSystemdDoesNotAskForIt) {
  Supervisor supervisor(context, server, to_test, {});
  EXPECT_THAT(events, HasSubstr("NOTIFY_SOCKET is not set"));
  EXPECT_FALSE(server.supervised);
}

TEST_F(SupervisorTest, WarnsIfItsSocketIsNotThere) {
  Supervisor supervisor(context, server, to_test, {.socket = folder.path("none")});
  EXPECT_THAT(events, HasSubstr("can't reach " + folder.path("none") + ": No such file"));
  EXPECT_FALSE(server.supervised);
}

TEST_F(SupervisorTest, WarnsIfSystemdIsGone) {
  Supervisor supervisor(context, server, to_test, {.socket = path});
  socket = {};
  server.stopping = true;
  supervisor.follow();
  EXPECT_THAT(events, HasSubstr("can't tell systemd STOPPING=1"));
}

TEST_F(SupervisorTest, TellsAgainWhatDidNotFitIntoTheQueue) {
  server.obstacles = persist::kLoadingFirst;
  Supervisor supervisor(context, server, to_test, {.socket = path});
  fill();
  server.obstacles = 0;
  supervisor.follow();
  supervisor.follow();
  EXPECT_THAT(events, HasSubstr("can't tell systemd READY=1"));
  EXPECT_EQ(events.find("can't tell"), events.rfind("can't tell"));  // once
  drain();
  EXPECT_EQ(told(), "");
  supervisor.follow();
  EXPECT_THAT(told(), StartsWith("READY=1\n"));
  server.stopping = true;
  fill();
  supervisor.follow();
  drain();
  supervisor.follow();
  EXPECT_THAT(told(), StartsWith("STOPPING=1\n"));
}

TEST_F(SupervisedAuto, FollowsTheEnvironment) {
  Supervisor with(context, server, to_test, {.socket = path});
  EXPECT_THAT(told(), StartsWith("READY=1\n"));
  Supervisor without(context, server, to_test, {});
  EXPECT_EQ(events, "");
}

TEST_F(SupervisedNo, TellsNothing) {
  Supervisor supervisor(context, server, to_test, {.socket = path, .watchdog = 2us});
  supervisor.follow();
  EXPECT_EQ(told(), "");
  EXPECT_FALSE(server.supervised);
}

TEST(Supervision, IsWhatTheEnvironmentSays) {
  std::map<std::string, std::string> variables;
  const auto variable = [&](const char* name) -> const char* {
    const auto found = variables.find(name);
    return found == variables.end() ? nullptr : found->second.c_str();
  };
  EXPECT_EQ(supervision(variable).socket, "");
  EXPECT_EQ(supervision(variable).watchdog, 0us);
  variables = {{"NOTIFY_SOCKET", "/run/notify"}, {"WATCHDOG_USEC", "3000000"}};
  EXPECT_EQ(supervision(variable).socket, "/run/notify");
  EXPECT_EQ(supervision(variable).watchdog, 3s);
  variables["WATCHDOG_PID"] = std::to_string(::getpid());
  EXPECT_EQ(supervision(variable).watchdog, 3s);
  variables["WATCHDOG_PID"] = "1";
  EXPECT_EQ(supervision(variable).watchdog, 0us);
}

}  // namespace
}  // namespace sideline::admin
