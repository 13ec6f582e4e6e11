#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <stdexcept>
#include <string>

#include <gmock/gmock.h>

#include "server/files/file_descriptor.h"
#include "tests/support/server_process.h"
#include "tests/support/temporary_folder.h"
#include "tests/support/wire_client.h"

// The server as a service of systemd, Type=notify (admin/supervisor.h).
namespace sideline::test {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

/// What systemd listens at.
class Notifications {
 public:
  Notifications() {
    sockaddr_un address{.sun_family = AF_UNIX, .sun_path = {}};
    const std::string path = folder_.path("notify");
    if (path.size() >= sizeof address.sun_path) throw std::runtime_error("TMPDIR is too long");
    std::ranges::copy(path, address.sun_path);
    EXPECT_EQ(::bind(socket_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address),
              0);
  }

  [[nodiscard]] std::string variable() const { return "NOTIFY_SOCKET=" + folder_.path("notify"); }

  /// The next message; empty if none comes.
  std::string next() {
    constexpr int kPatienceMs = 10'000;
    pollfd readable{.fd = socket_.get(), .events = POLLIN, .revents = 0};
    if (::poll(&readable, 1, kPatienceMs) != 1) return {};
    std::array<char, 1000> bytes{};
    const ssize_t size = ::recv(socket_.get(), bytes.data(), bytes.size(), 0);
    return {bytes.data(), static_cast<std::size_t>(std::max<ssize_t>(size, 0))};
  }

 private:
  TemporaryFolder folder_;
  FileDescriptor socket_{::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0)};
};

TEST(Supervised, SystemdIsToldOfTheStartAndOfTheEnd) {
  Notifications told;
  ServerProcess server({"--supervised", "systemd"}, {told.variable()});
  EXPECT_THAT(told.next(), HasSubstr("READY=1"));
  EXPECT_EQ(WireClient::connect(server.port()).ask("PING"), "+PONG\r\n");
  EXPECT_EQ(server.stop().code, 0);
  EXPECT_THAT(told.next(), HasSubstr("STOPPING=1"));
}

TEST(Supervised, TheWatchdogHearsOfAServerThatRuns) {
  Notifications told;
  ServerProcess server({"--supervised", "systemd"}, {told.variable(), "WATCHDOG_USEC=400000"});
  EXPECT_THAT(told.next(), HasSubstr("READY=1"));
  EXPECT_THAT(told.next(), StartsWith("WATCHDOG=1"));
  EXPECT_THAT(told.next(), StartsWith("WATCHDOG=1"));
}

TEST(Supervised, TheWatchdogHearsNothingWhileAThreadHangs) {
  using Clock = std::chrono::steady_clock;
  Notifications told;
  ServerProcess server({"--supervised", "systemd", "--enable-debug-command", "yes"},
                       {told.variable(), "WATCHDOG_USEC=400000"});
  EXPECT_THAT(told.next(), HasSubstr("READY=1"));
  auto client = WireClient::connect(server.port());
  ASSERT_TRUE(client.send("DEBUG SLEEP 6\r\n"));
  // There are some until the thread has been silent for two seconds.
  Clock::duration longest{0};
  for (auto end = Clock::now() + std::chrono::seconds(8); Clock::now() < end;) {
    const auto asked = Clock::now();
    EXPECT_THAT(told.next(), StartsWith("WATCHDOG=1"));
    longest = std::max(longest, Clock::now() - asked);
  }
  EXPECT_GT(longest, std::chrono::seconds(2));
  EXPECT_TRUE(server.wait_for("output", "an I/O thread has been busy with one thing"));
  EXPECT_EQ(client.read_line(), "+OK\r\n");
}

}  // namespace
}  // namespace sideline::test
