#include "server/config/environment.h"

#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "server/config/password_hash.h"
#include "tests/support/temporary_folder.h"

namespace sideline::config {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::StartsWith;

class EnvironmentTest : public ::testing::Test {
 protected:
  Settings read(const std::vector<const char*>& variables) {
    Draft draft;
    read_environment(variables, draft);
    EXPECT_EQ(draft.problems(), "");
    warning = draft.warning();
    return draft.settings();
  }

  static std::string error(const std::vector<const char*>& variables) {
    Draft draft;
    read_environment(variables, draft);
    return draft.problems();
  }

  std::string secret_file(std::string_view content) {
    return "SIDELINE_REQUIREPASS_FILE=" + folder.write("secret", content);
  }

  std::string warning;
  test::TemporaryFolder folder;
};

TEST_F(EnvironmentTest, EveryDirectiveHasAVariable) {
  EXPECT_EQ(variable_of("maxmemory"), "SIDELINE_MAXMEMORY");
  EXPECT_EQ(variable_of("client-output-buffer-limit"), "SIDELINE_CLIENT_OUTPUT_BUFFER_LIMIT");
  EXPECT_EQ(variable_of("server_cpulist"), "SIDELINE_SERVER_CPULIST");
}

TEST_F(EnvironmentTest, SetsWhatItsVariablesSay) {
  const Settings settings = read({"PATH=/bin", "SIDELINE_MAXMEMORY=512mb", "SIDELINE_TCP_BACKLOG=7",
                                  "SIDELINE_BIND=127.0.0.1 ::1", "NO_VALUE"});
  EXPECT_EQ(settings.maxmemory, 512U << 20);
  EXPECT_EQ(settings.tcp_backlog, 7);
  EXPECT_THAT(settings.bind, ElementsAre("127.0.0.1", "::1"));
}

TEST_F(EnvironmentTest, AValueMayHaveAnEqualsSign) {
  EXPECT_EQ(read({"SIDELINE_REQUIREPASS=a=b="}).requirepass, password_hash("a=b="));
}

TEST_F(EnvironmentTest, RedisPasswordIsThePassword) {
  EXPECT_EQ(read({"REDIS_PASSWORD=secret"}).requirepass, password_hash("secret"));
}

TEST_F(EnvironmentTest, ASecretMayBeTheContentOfAFile) {
  EXPECT_EQ(read({secret_file("two words").c_str()}).requirepass, password_hash("two words"));
  EXPECT_EQ(read({secret_file("secret\n").c_str()}).requirepass, password_hash("secret"));
}

TEST_F(EnvironmentTest, AFileThatCannotBeReadIsAnError) {
  EXPECT_THAT(error({"SIDELINE_REQUIREPASS_FILE=/no/such/file"}),
              AllOf(StartsWith("SIDELINE_REQUIREPASS_FILE=/no/such/file: takes the path of a file"),
                    HasSubstr("No such file or directory")));
}

TEST_F(EnvironmentTest, OnlySecretsMayBeInAFile) {
  EXPECT_THAT(error({"SIDELINE_TIMEOUT_FILE=/tmp/timeout"}), StartsWith("SIDELINE_TIMEOUT_FILE: "));
  EXPECT_EQ(read({"SIDELINE_PORT_FILE=/tmp/port"}).port_file, "/tmp/port") << "a directive";
}

TEST_F(EnvironmentTest, ASecretThatIsEmptyIsAnError) {
  const std::string reason = ": is empty; to have none, do not set the variable";
  EXPECT_EQ(error({"REDIS_PASSWORD="}), "REDIS_PASSWORD" + reason);
  EXPECT_EQ(error({"SIDELINE_REQUIREPASS="}), "SIDELINE_REQUIREPASS" + reason);
  EXPECT_EQ(error({"SIDELINE_REQUIREPASS_FILE="}), "SIDELINE_REQUIREPASS_FILE" + reason);
  EXPECT_EQ(error({"SIDELINE_TLS_KEY_FILE_PASS_FILE="}),
            "SIDELINE_TLS_KEY_FILE_PASS_FILE" + reason);
  EXPECT_THAT(error({secret_file("\n").c_str()}), HasSubstr("holds no password"));
}

TEST_F(EnvironmentTest, OneDirectiveHasOneVariable) {
  EXPECT_EQ(error({"REDIS_PASSWORD=a", "SIDELINE_REQUIREPASS=a"}),
            "SIDELINE_REQUIREPASS: REDIS_PASSWORD sets requirepass too");
  EXPECT_EQ(error({"REDIS_PASSWORD=a", secret_file("a").c_str()}),
            "SIDELINE_REQUIREPASS_FILE: REDIS_PASSWORD sets requirepass too");
}

TEST_F(EnvironmentTest, ABadValueIsAnError) {
  EXPECT_EQ(error({"SIDELINE_PORT=x y"}), "SIDELINE_PORT=\"x y\": takes a number from 0 to 65535");
}

TEST_F(EnvironmentTest, AnUnknownVariableIsAnError) {
  EXPECT_EQ(error({"SIDELINE_MAXMEMRY=1gb"}),
            "SIDELINE_MAXMEMRY: unknown variable; did you mean SIDELINE_MAXMEMORY?");
  EXPECT_EQ(error({"SIDELINE_maxmemory=1gb"}),
            "SIDELINE_maxmemory: unknown variable; did you mean SIDELINE_MAXMEMORY?");
  EXPECT_EQ(error({"SIDELINE_REQUIREPAS_FILE=/x"}),
            "SIDELINE_REQUIREPAS_FILE: unknown variable; did you mean SIDELINE_REQUIREPASS_FILE?");
  EXPECT_EQ(error({"SIDELINE_=1"}), "SIDELINE_: unknown variable");
}

TEST_F(EnvironmentTest, AllErrorsAreToldAtOnce) {
  EXPECT_EQ(error({"SIDELINE_NOSUCH=1", "SIDELINE_NEITHER=1"}),
            "SIDELINE_NOSUCH: unknown variable\nSIDELINE_NEITHER: unknown variable");
}

TEST_F(EnvironmentTest, WhatComesToNothingIsNotAnError) {
  EXPECT_EQ(read({"SIDELINE_HZ=10", "SIDELINE_REPLICAOF=10.0.0.1 6379"}), Settings());
  EXPECT_EQ(warning,
            "These directives do nothing in this server: replicaof (there is no replication); nor "
            "do these, and need not: hz");
}

TEST_F(EnvironmentTest, WhatKubernetesSetsForAServiceIsNotMeant) {
  EXPECT_EQ(read({"SIDELINE_SERVICE_HOST=10.0.0.1", "SIDELINE_SERVICE_PORT=6379",
                  "SIDELINE_SERVICE_PORT_RESP=6379", "SIDELINE_PORT=tcp://10.0.0.1:6379",
                  "SIDELINE_PORT_6379_TCP=tcp://10.0.0.1:6379", "SIDELINE_PORT_6379_TCP_PROTO=tcp",
                  "SIDELINE_PORT_6379_TCP_PORT=6379", "SIDELINE_PORT_6379_TCP_ADDR=10.0.0.1"}),
            Settings());
}

}  // namespace
}  // namespace sideline::config
