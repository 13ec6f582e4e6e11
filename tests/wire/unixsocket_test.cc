#include <sys/stat.h>

#include <filesystem>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/server_process.h"
#include "tests/support/temporary_folder.h"
#include "tests/support/wire_client.h"

namespace sideline::test {
namespace {

using ::testing::HasSubstr;

class UnixSocket : public ::testing::Test {
 protected:
  [[nodiscard]] std::string path() const { return folder.path("s.sock"); }
  [[nodiscard]] unsigned mode() const {
    struct stat file {};
    ::stat(path().c_str(), &file);
    return file.st_mode & 0777;
  }

  TemporaryFolder folder;
};

TEST_F(UnixSocket, ServesBesideTcp) {
  const ServerProcess server({"--unixsocket", path()});
  EXPECT_EQ(WireClient::connect_unix(path()).ask("SET k v"), "+OK\r\n");
  EXPECT_EQ(WireClient::connect(server.port()).ask("GET k"), "v");
}

TEST_F(UnixSocket, ServesWithoutTcp) {
  const ServerProcess server({"--unixsocket", path(), "--bind", ""});
  EXPECT_EQ(server.port(), 0);
  EXPECT_EQ(WireClient::connect_unix(path()).ask("PING"), "+PONG\r\n");
}

TEST_F(UnixSocket, HasThePermissionsOfTheDirective) {
  const ServerProcess server({"--unixsocket", path(), "--unixsocketperm", "750"});
  EXPECT_EQ(mode(), 0750U);
}

TEST_F(UnixSocket, ClientsAreListedWithItsPath) {
  const ServerProcess server({"--unixsocket", path()});
  EXPECT_THAT(WireClient::connect_unix(path()).ask("CLIENT INFO"),
              HasSubstr(" addr=" + path() + ":0 laddr=" + path() + ":0 "));
}

TEST_F(UnixSocket, TheFileIsRemovedInTheEnd) {
  ServerProcess server({"--unixsocket", path()});
  EXPECT_EQ(server.stop().code, 0);
  EXPECT_FALSE(std::filesystem::exists(path()));
}

TEST_F(UnixSocket, AFileThatWasLeftBehindIsReplaced) {
  { const ServerProcess killed({"--unixsocket", path()}); }
  ASSERT_TRUE(std::filesystem::exists(path()));
  const ServerProcess server({"--unixsocket", path()});
  EXPECT_EQ(WireClient::connect_unix(path()).ask("PING"), "+PONG\r\n");
}

TEST_F(UnixSocket, ASocketInUseIsAnError) {
  const ServerProcess server({"--unixsocket", path()});
  const Ending ending = run_server({"--port", "0", "--unixsocket", path()});
  EXPECT_EQ(ending.code, 1);
  EXPECT_THAT(ending.output, HasSubstr("can't listen on " + path() + ": Address already in use"));
  EXPECT_EQ(WireClient::connect_unix(path()).ask("PING"), "+PONG\r\n");
}

TEST_F(UnixSocket, AnotherFileIsLeftAlone) {
  folder.write("s.sock", "precious");
  const Ending ending = run_server({"--port", "0", "--unixsocket", path()});
  EXPECT_EQ(ending.code, 1);
  EXPECT_EQ(folder.read("s.sock"), "precious");
}

TEST_F(UnixSocket, APathThatIsTooLongIsAnError) {
  const std::string long_path = folder.path(std::string(200, 'x'));
  const Ending ending = run_server({"--port", "0", "--unixsocket", long_path});
  EXPECT_EQ(ending.code, 1);
  EXPECT_THAT(ending.output, HasSubstr("the path is too long for a UNIX socket"));
}

}  // namespace
}  // namespace sideline::test
