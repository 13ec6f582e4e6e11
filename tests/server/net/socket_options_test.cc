#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <gtest/gtest.h>

#include "server/files/file_descriptor.h"
#include "server/net/listen.h"
#include "server/net/socket_io.h"

namespace sideline::net {
namespace {

class SocketOptionsTest : public ::testing::Test {
 protected:
  [[nodiscard]] int option(int level, int name) const {
    int value = -1;
    socklen_t size = sizeof(value);
    EXPECT_EQ(::getsockopt(socket.get(), level, name, &value, &size), 0);
    return value;
  }

  FileDescriptor socket{::socket(AF_INET, SOCK_STREAM, 0)};
};

TEST_F(SocketOptionsTest, SmallRepliesAreNotDelayed) {
  set_tcp_options(socket.get(), 0);
  EXPECT_EQ(option(IPPROTO_TCP, TCP_NODELAY), 1);
}

TEST_F(SocketOptionsTest, ASilentPeerIsProbed) {
  set_tcp_options(socket.get(), 90);
  EXPECT_EQ(option(SOL_SOCKET, SO_KEEPALIVE), 1);
  EXPECT_EQ(option(IPPROTO_TCP, TCP_KEEPIDLE), 90);
  EXPECT_EQ(option(IPPROTO_TCP, TCP_KEEPINTVL), 30);
  EXPECT_EQ(option(IPPROTO_TCP, TCP_KEEPCNT), 3);
}

TEST_F(SocketOptionsTest, ZeroSecondsAreNoProbes) {
  set_tcp_options(socket.get(), 0);
  EXPECT_EQ(option(SOL_SOCKET, SO_KEEPALIVE), 0);
}

TEST_F(SocketOptionsTest, TheBacklogIsThatOfTheListeningSocket) {
  config::Settings settings;
  settings.bind = {"127.0.0.1"};
  settings.tcp_backlog = 7;
  auto listened = listen_tcp(settings, /*port=*/0);
  socket = std::move(std::get<std::vector<ListeningSocket>>(listened).front().socket);
  // For a socket that listens, Linux shows here how many connections may wait.
  tcp_info info{};
  socklen_t size = sizeof(info);
  ASSERT_EQ(::getsockopt(socket.get(), IPPROTO_TCP, TCP_INFO, &info, &size), 0);
  EXPECT_EQ(info.tcpi_sacked, 7U);
}

}  // namespace
}  // namespace sideline::net
