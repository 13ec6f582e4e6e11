#include <filesystem>
#include <string>
#include <string_view>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "server/config/password_hash.h"
#include "tests/support/server_process.h"
#include "tests/support/temporary_folder.h"
#include "tests/support/wire_client.h"

namespace sideline::test {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

constexpr std::string_view kWrongPass =
    "-WRONGPASS invalid username-password pair or user is disabled.\r\n";

TEST(AclFile, IsLoadedAndSaved) {
  const TemporaryFolder folder;
  const std::string file = folder.write("users.acl", "user app on >secret ~app:* +get\n");
  const ServerProcess server({"--aclfile", file});
  auto app = WireClient::connect(server.port());
  ASSERT_EQ(app.ask("AUTH app secret"), "+OK\r\n");
  EXPECT_EQ(app.ask("GET app:1"), "$-1\r\n");
  EXPECT_EQ(app.ask("GET other"), "-NOPERM No permissions to access a key\r\n");

  auto admin = WireClient::connect(server.port());
  ASSERT_EQ(admin.ask("ACL SETUSER app +set"), "+OK\r\n");
  EXPECT_EQ(app.ask("SET app:1 v"), "+OK\r\n");
  ASSERT_EQ(admin.ask("ACL SAVE"), "+OK\r\n");
  EXPECT_EQ(folder.read("users.acl"), "user app on sanitize-payload #" +
                                          config::password_hash("secret") +
                                          " ~app:* resetchannels -@all +get +set\n"
                                          "user default on nopass sanitize-payload ~* &* +@all\n");

  folder.write("users.acl", "user app on >other +@all\n");
  ASSERT_EQ(admin.ask("ACL LOAD"), "+OK\r\n");
  EXPECT_EQ(app.read_to_end(), "") << "the users before are gone, and so are their clients";
  auto again = WireClient::connect(server.port());
  EXPECT_EQ(again.ask("AUTH app secret"), kWrongPass);
  EXPECT_EQ(again.ask("AUTH app other"), "+OK\r\n");
  EXPECT_EQ(admin.ask("PING"), "+PONG\r\n");
}

TEST(AclFile, ThatIsWrongIsNotLoaded) {
  const TemporaryFolder folder;
  const std::string file = folder.write("users.acl", "user app on\n");
  const ServerProcess server({"--aclfile", file});
  auto admin = WireClient::connect(server.port());
  folder.write("users.acl", "user app on\nuser app2 onn\n");
  EXPECT_EQ(admin.ask("ACL LOAD"),
            "-ERR " + file +
                ":2: Syntax error. WARNING: ACL errors detected, no change to the previously "
                "active ACL rules was performed\r\n");
  EXPECT_EQ(admin.ask("ACL DELUSER app app2"), ":1\r\n");
}

TEST(AclFile, ThatCannotBeSavedIsAnError) {
  const TemporaryFolder folder;
  folder.write("users.acl", "");
  const ServerProcess server({"--aclfile", folder.path("users.acl")});
  auto admin = WireClient::connect(server.port());
  std::filesystem::remove_all(folder.path(""));
  EXPECT_EQ(admin.ask("ACL SAVE"),
            "-ERR There was an error trying to save the ACLs: No such file or directory\r\n");
}

TEST(AclFile, ThatIsALinkStaysOne) {
  const TemporaryFolder folder;
  folder.write("users.acl", "");
  std::filesystem::create_symlink("users.acl", folder.path("link"));
  const ServerProcess server({"--aclfile", folder.path("link")});
  EXPECT_EQ(WireClient::connect(server.port()).ask("ACL SAVE"), "+OK\r\n");
  EXPECT_TRUE(std::filesystem::is_symlink(folder.path("link")));
  EXPECT_THAT(folder.read("users.acl"), StartsWith("user default on nopass"));
}

TEST(AclFile, ThatIsNotThereOrWrongEndsTheStart) {
  const TemporaryFolder folder;
  const Ending missing = run_server({"--port", "0", "--aclfile", folder.path("none")});
  EXPECT_EQ(missing.code, 1);
  EXPECT_THAT(missing.output,
              HasSubstr("opening file '" + folder.path("none") + "': No such file or directory\n"));
  const std::string file = folder.write("users.acl", "nonsense\n");
  const Ending wrong = run_server({"--port", "0", "--aclfile", file});
  EXPECT_EQ(wrong.code, 1);
  EXPECT_THAT(wrong.output, HasSubstr(file + ":1 should start with user keyword"));
}

TEST(AclFile, AndUserDirectivesExcludeEachOther) {
  const TemporaryFolder folder;
  const Ending both = run_server(
      {"--port", "0", "--aclfile", folder.write("users.acl", ""), "--user", "app", "on"});
  EXPECT_EQ(both.code, 1);
  EXPECT_THAT(both.output, HasSubstr("not in both"));
}

TEST(AclDirectives, MakeUsersAndAreRewritten) {
  const TemporaryFolder folder;
  const std::string file =
      folder.write("a.conf", "# mine\nuser app on >secret ~app:* (+set ~x)\ntimeout 0\n");
  const std::string hash = config::password_hash("secret");
  {
    const ServerProcess server({file});
    auto admin = WireClient::connect(server.port());
    EXPECT_EQ(admin.ask("AUTH app secret"), "+OK\r\n");
    EXPECT_EQ(admin.ask("AUTH default x"), "+OK\r\n");
    EXPECT_EQ(admin.ask("ACL SETUSER app +get"), "+OK\r\n");
    EXPECT_EQ(admin.ask("ACL SETUSER bob off"), "+OK\r\n");
    EXPECT_EQ(admin.ask("CONFIG REWRITE"), "+OK\r\n");
  }
  EXPECT_THAT(folder.read("a.conf"),
              AllOf(StartsWith("# mine\nuser app on sanitize-payload \"#" + hash +
                               "\" ~app:* resetchannels -@all +get (~x resetchannels -@all +set)\n"
                               "timeout 0\n# Generated by CONFIG REWRITE\n"),
                    HasSubstr("user bob off sanitize-payload resetchannels -@all\n"),
                    Not(HasSubstr("user default")), Not(HasSubstr("secret"))));
  const ServerProcess server({file});
  auto app = WireClient::connect(server.port());
  EXPECT_EQ(app.ask("AUTH app secret"), "+OK\r\n");
  EXPECT_EQ(app.ask("GET app:1"), "$-1\r\n");
  EXPECT_EQ(app.ask("SET x v"), "+OK\r\n");
}

TEST(AclDirectives, OfTheCommandLineWinOverWhatWasRewritten) {
  const TemporaryFolder folder;
  const std::string file = folder.write("a.conf", "user app on >old ~* +get\n");
  for (int start = 0; start < 2; ++start) {
    const ServerProcess server({file, "--user", "app", "on", ">new", "~*", "+get"});
    auto admin = WireClient::connect(server.port());
    EXPECT_EQ(admin.ask("CONFIG REWRITE"), "+OK\r\n");
    EXPECT_EQ(admin.ask("AUTH app new"), "+OK\r\n");
  }
  const std::string text = folder.read("a.conf");
  EXPECT_EQ(text.find("user app"), text.rfind("user app"));
  EXPECT_THAT(text, HasSubstr(config::password_hash("new")));
}

TEST(AclDirectives, ThatAreWrongEndTheStartAndShowNoPassword) {
  const TemporaryFolder folder;
  const std::string file = folder.write("a.conf", "port 0\nuser app on >secret +nope\n");
  const Ending ending = run_server({file});
  EXPECT_EQ(ending.code, 1);
  EXPECT_EQ(ending.output, "sideline-server: " + file +
                               ":2: Error in user declaration '+nope': Unknown command or "
                               "category name in ACL\n");
}

TEST(AclDirectives, OfAnIncludedFileAreNotRepeated) {
  const TemporaryFolder folder;
  const std::string users = folder.write("users.conf", "user app on >secret ~app:* +get\n");
  const std::string file = folder.write("a.conf", "include " + users + "\n");
  {
    const ServerProcess server({file});
    auto admin = WireClient::connect(server.port());
    EXPECT_EQ(admin.ask("CONFIG REWRITE"), "+OK\r\n");
    EXPECT_THAT(folder.read("a.conf"), Not(HasSubstr("user app")));
  }
  const ServerProcess server({file});
  auto admin = WireClient::connect(server.port());
  const std::string before = folder.read("a.conf");
  EXPECT_EQ(admin.ask("ACL SETUSER app +set"), "+OK\r\n");
  EXPECT_EQ(admin.ask("CONFIG REWRITE"),
            "-ERR Rewriting config file: the user 'app' comes from an included file, and is "
            "another one now\r\n");
  EXPECT_EQ(folder.read("a.conf"), before);
}

TEST(RequiredPassword, ThatWasChangedIsRewrittenAsItsHash) {
  const TemporaryFolder folder;
  const std::string file = folder.write("a.conf", "requirepass old\n");
  {
    const ServerProcess server({file});
    auto client = WireClient::connect(server.port());
    EXPECT_EQ(client.ask("AUTH old"), "+OK\r\n");
    EXPECT_EQ(client.ask("CONFIG SET requirepass new"), "+OK\r\n");
    EXPECT_EQ(client.ask("CONFIG REWRITE"), "+OK\r\n");
  }
  EXPECT_THAT(folder.read("a.conf"), Not(HasSubstr("requirepass")));
  const ServerProcess server({file});
  auto client = WireClient::connect(server.port());
  EXPECT_EQ(client.ask("AUTH old"), kWrongPass);
  EXPECT_EQ(client.ask("AUTH new"), "+OK\r\n");
}

TEST(RequiredPassword, ThatNoLineCanHoldIsNotRewritten) {
  const TemporaryFolder folder;
  const std::string text = "requirepass old\naclfile " + folder.write("users.acl", "") + "\n";
  const std::string file = folder.write("a.conf", text);
  const ServerProcess server({file});
  auto client = WireClient::connect(server.port());
  EXPECT_EQ(client.ask("AUTH old"), "+OK\r\n");
  EXPECT_EQ(client.ask("CONFIG SET requirepass new"), "+OK\r\n");
  EXPECT_THAT(client.ask("CONFIG REWRITE"), StartsWith("-ERR Rewriting config file: a changed"));
  EXPECT_EQ(folder.read("a.conf"), text);
}

TEST(RequiredPassword, IsAsItWasAfterAChangeThatIsRefused) {
  const ServerProcess other;
  const ServerProcess server;
  auto client = WireClient::connect(server.port());
  EXPECT_EQ(client.ask("ACL SETUSER default >mine"), "+OK\r\n");
  EXPECT_THAT(client.ask("CONFIG SET requirepass x port " + std::to_string(other.port())),
              StartsWith("-ERR CONFIG SET failed"));
  auto again = WireClient::connect(server.port());
  EXPECT_EQ(again.ask("PING"), "-NOAUTH Authentication required.\r\n");
  EXPECT_EQ(again.ask("AUTH mine"), "+OK\r\n");
}

TEST(RequiredPassword, OfTheEnvironmentWinsOverAUserOfTheFile) {
  const TemporaryFolder folder;
  const std::string file = folder.write("a.conf", "user default on nopass ~* &* +@all\n");
  const ServerProcess server({file}, {"REDIS_PASSWORD=secret"});
  auto client = WireClient::connect(server.port());
  EXPECT_EQ(client.ask("PING"), "-NOAUTH Authentication required.\r\n");
  EXPECT_EQ(client.ask("AUTH secret"), "+OK\r\n");
  EXPECT_EQ(client.ask("ACL SETUSER default -debug"), "+OK\r\n");
  EXPECT_EQ(client.ask("CONFIG REWRITE"), "+OK\r\n");
  EXPECT_THAT(folder.read("a.conf"),
              AllOf(HasSubstr("user default"), Not(HasSubstr(config::password_hash("secret")))));
}

TEST(RequiredPassword, OfTheEnvironmentLeavesTheFileOfAnotherInPlace) {
  const TemporaryFolder folder;
  const std::string line = "requirepass-file " + folder.write("secret", "x") + "\n";
  const std::string file = folder.write("a.conf", line);
  const ServerProcess server({file}, {"REDIS_PASSWORD=y"});
  auto client = WireClient::connect(server.port());
  EXPECT_EQ(client.ask("AUTH y"), "+OK\r\n");
  EXPECT_EQ(client.ask("CONFIG REWRITE"), "+OK\r\n");
  EXPECT_THAT(folder.read("a.conf"), StartsWith(line));
}

TEST(RequiredPassword, CanComeFromAFile) {
  const TemporaryFolder folder;
  const std::string file = folder.write("secret", "first\n");
  const ServerProcess server({"--requirepass-file", file});
  auto client = WireClient::connect(server.port());
  EXPECT_EQ(client.ask("AUTH wrong"), kWrongPass);
  ASSERT_EQ(client.ask("AUTH first"), "+OK\r\n");
  folder.write("secret", "second\n");
  EXPECT_EQ(client.ask("AUTH second"), kWrongPass) << "not read again by itself";
  EXPECT_EQ(client.ask("CONFIG SET requirepass-file " + file), "+OK\r\n");
  EXPECT_EQ(client.ask("AUTH second"), "+OK\r\n");
  EXPECT_EQ(client.ask("AUTH first"), kWrongPass);
  folder.write("secret", "\n");
  EXPECT_THAT(client.ask("CONFIG SET requirepass-file " + file),
              HasSubstr("'" + file + "' holds no password"));
  EXPECT_EQ(client.ask("AUTH second"), "+OK\r\n");
}

TEST(RequiredPassword, FromAFileThatHoldsNoneEndsTheStart) {
  const TemporaryFolder folder;
  const std::string file = folder.write("secret", "");
  const Ending empty = run_server({"--port", "0", "--requirepass-file", file});
  EXPECT_EQ(empty.code, 1);
  EXPECT_THAT(empty.output,
              HasSubstr("--requirepass-file " + file + ": takes the path of a file: '" + file +
                        "' holds no password\n"));
  const Ending missing = run_server({"--port", "0", "--requirepass-file", folder.path("none")});
  EXPECT_EQ(missing.code, 1);
  EXPECT_THAT(missing.output,
              HasSubstr("can't read '" + folder.path("none") + "': No such file or directory\n"));
}

}  // namespace
}  // namespace sideline::test
