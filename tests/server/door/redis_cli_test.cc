#include <sys/wait.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <sstream>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <libcache/cache.h>
#include <libcache/door.h>

namespace sideline::test {
namespace {

using libcache::DoorAccess;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::UnorderedElementsAre;

/// Runs a command of the shell, and returns what it writes, without the end of the last line.
std::string run(const std::string& command) {
  std::FILE* const output = ::popen((command + " 2>&1").c_str(), "r");
  std::string text;
  std::array<char, 4096> piece{};
  while (const std::size_t size = std::fread(piece.data(), 1, piece.size(), output)) {
    text.append(piece.data(), size);
  }
  EXPECT_NE(::pclose(output), -1);
  while (text.ends_with('\n')) text.pop_back();
  return text;
}

std::vector<std::string> lines_of(const std::string& text) {
  std::istringstream stream(text);
  std::vector<std::string> lines;
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  return lines;
}

/// An operator with redis-cli, of Debian's package redis-tools.
class DoorWithRedisCli : public ::testing::Test {
 protected:
  void SetUp() override {
    if (std::system("redis-cli --version >/dev/null 2>&1") != 0) {
      GTEST_SKIP() << "redis-cli is not installed (package redis-tools)";
    }
  }

  /// What redis-cli writes, as it does on a terminal.
  std::string cli(const libcache::Door& door, const std::string& arguments) {
    return run("timeout 60 redis-cli --no-raw --no-auth-warning -p " + std::to_string(door.port()) +
               " " + arguments);
  }

  libcache::Cache cache{{.max_memory = std::size_t{16} << 20}};
  libcache::Door read_only{cache};
  libcache::Door full{cache, {.access = DoorAccess::kFull}};
  libcache::Door guarded{cache, {.password = "a secret"}};
};

TEST_F(DoorWithRedisCli, GetsAndSets) {
  EXPECT_EQ(cli(full, "SET game:1 3:2"), "OK");
  EXPECT_EQ(cache.get("game:1")->bytes(), "3:2");
  EXPECT_EQ(cli(full, "GET game:1"), "\"3:2\"");
  EXPECT_EQ(cli(full, "GET game:2"), "(nil)");
}

TEST_F(DoorWithRedisCli, ShowsTheTimeToLive) {
  cache.set("k", "v", {.ttl = std::chrono::hours(1)});
  EXPECT_THAT(cli(full, "TTL k"), testing::AnyOf("(integer) 3600", "(integer) 3599"));
  cache.set("stays", "v");
  EXPECT_EQ(cli(full, "TTL stays"), "(integer) -1");
}

TEST_F(DoorWithRedisCli, Scans) {
  for (const char* const key : {"game:1", "game:2", "team:1"}) cache.set(key, "v");
  EXPECT_THAT(lines_of(cli(full, "--scan --pattern 'game:*'")),
              UnorderedElementsAre("\"game:1\"", "\"game:2\""));
}

TEST_F(DoorWithRedisCli, ShowsInfo) {
  cache.set("k", "v");
  EXPECT_THAT(cli(full, "INFO"),
              AllOf(HasSubstr("redis_version:7."), HasSubstr("maxmemory:16777216"),
                    HasSubstr("db0:keys=1,expires=0")));
}

TEST_F(DoorWithRedisCli, AWriteIsRefusedWhereOneMayOnlyLook) {
  EXPECT_EQ(cli(read_only, "SET k v"),
            "(error) NOPERM User default has no permissions to run the 'set' command");
  EXPECT_FALSE(cache.exists("k"));
  EXPECT_EQ(cli(read_only, "GET k"), "(nil)");
}

TEST_F(DoorWithRedisCli, ThePasswordOpens) {
  EXPECT_EQ(cli(guarded, "-a 'a secret' PING"), "PONG");
  EXPECT_EQ(cli(guarded, "PING"), "(error) NOAUTH Authentication required.");
  EXPECT_EQ(cli(guarded, "AUTH wrong"),
            "(error) WRONGPASS invalid username-password pair or user is disabled.");
}

TEST_F(DoorWithRedisCli, ChangesTheLimit) {
  EXPECT_EQ(cli(full, "CONFIG SET maxmemory 8mb"), "OK");
  EXPECT_EQ(cache.max_memory(), std::size_t{8} << 20);
  EXPECT_EQ(cli(full, "CONFIG GET maxmemory"), "1) \"maxmemory\"\n2) \"8388608\"");
}

}  // namespace
}  // namespace sideline::test
