#include <chrono>
#include <filesystem>
#include <optional>
#include <string>
#include <system_error>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <libcache/cache.h>
#include <libcache/clock.h>
#include <libcache/door.h>

#include "tests/support/temporary_folder.h"
#include "tests/support/wire_client.h"

namespace sideline::test {
namespace {

using libcache::Door;
using libcache::DoorAccess;
using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::StartsWith;

/// A service with a cache, whose clock stands.
class DoorTest : public ::testing::Test {
 protected:
  static WireClient enter(const Door& door) { return WireClient::connect(door.port()); }

  libcache::ManualClock clock;
  libcache::Cache cache{{.max_memory = std::size_t{16} << 20, .clock = &clock}};
};

TEST_F(DoorTest, ShowsWhatTheServiceSets) {
  const Door door(cache);
  cache.set("game:1", "3:2");
  EXPECT_EQ(enter(door).ask("GET game:1"), "3:2");
}

TEST_F(DoorTest, TheServiceSeesWhatIsSetThroughIt) {
  const Door door(cache, {.access = DoorAccess::kFull});
  EXPECT_EQ(enter(door).ask("SET game:1 3:2"), "+OK\r\n");
  EXPECT_EQ(cache.get("game:1")->bytes(), "3:2");
}

TEST_F(DoorTest, IsReadOnlyUnlessFullAccessIsAskedFor) {
  const Door door(cache);
  cache.set("k", "v");
  WireClient client = enter(door);
  for (const char* const command : {"SET k x", "DEL k", "EXPIRE k 1", "GETDEL k", "FLUSHALL",
                                    "FLUSHDB", "SWAPDB 0 1", "CONFIG RESETSTAT", "SLOWLOG RESET",
                                    "LATENCY RESET", "CLIENT PAUSE 100000", "CLIENT KILL ID 1"}) {
    EXPECT_THAT(client.ask(command), StartsWith("-NOPERM ")) << command;
  }
  EXPECT_EQ(client.ask("GET k"), "v");
}

TEST_F(DoorTest, ARefusalNamesTheCommand) {
  const Door door(cache);
  EXPECT_EQ(enter(door).ask("CONFIG SET maxmemory 1mb"),
            "-NOPERM User default has no permissions to run the 'config|set' command\r\n");
}

TEST_F(DoorTest, TheProcessIsOutOfReachEvenWithFullAccess) {
  const Door door(cache, {.access = DoorAccess::kFull});
  WireClient client = enter(door);
  for (const char* const command :
       {"SHUTDOWN NOSAVE", "CONFIG SET maxmemory 1mb", "CONFIG REWRITE", "MEMORY PURGE"}) {
    EXPECT_THAT(client.ask(command), StartsWith("-NOPERM ")) << command;
  }
  EXPECT_THAT(client.ask("DEBUG SLEEP 1000"), StartsWith("-ERR DEBUG command not allowed."));
  EXPECT_EQ(client.ask("PING"), "+PONG\r\n");
}

TEST_F(DoorTest, AsksForThePassword) {
  const Door door(cache, {.password = "secret"});
  WireClient client = enter(door);
  EXPECT_EQ(client.ask("GET k"), "-NOAUTH Authentication required.\r\n");
  EXPECT_THAT(client.ask("AUTH wrong"), StartsWith("-WRONGPASS "));
  EXPECT_EQ(client.ask("AUTH secret"), "+OK\r\n");
  EXPECT_EQ(client.ask("GET k"), "$-1\r\n");
}

TEST_F(DoorTest, ExpiryFollowsTheClockOfTheCache) {
  const Door door(cache);
  cache.set("k", "v", {.ttl = std::chrono::seconds(100)});
  WireClient client = enter(door);
  EXPECT_EQ(client.ask("TTL k"), ":100\r\n");
  clock.advance_ms(100'000);
  EXPECT_EQ(client.ask("GET k"), "$-1\r\n");
}

TEST_F(DoorTest, ShowsTheLimitOfTheCache) {
  const Door door(cache);
  EXPECT_THAT(enter(door).ask("INFO memory"), HasSubstr("maxmemory:16777216\r\n"));
}

TEST_F(DoorTest, EndsWhileClientsAreConnected) {
  std::optional<Door> door(std::in_place, cache);
  WireClient idle = enter(*door);
  WireClient busy = enter(*door);
  EXPECT_EQ(busy.ask("PING"), "+PONG\r\n");
  door.reset();
  EXPECT_EQ(idle.read_to_end(), "");
  EXPECT_EQ(busy.read_to_end(), "");
  cache.set("k", "v");
  EXPECT_TRUE(cache.exists("k"));
}

TEST_F(DoorTest, APortInUseIsAnError) {
  const Door first(cache);
  try {
    const Door second(cache, {.port = first.port()});
    FAIL() << "two doors on one port";
  } catch (const std::system_error& error) {
    EXPECT_EQ(error.code(), std::errc::address_in_use);
    EXPECT_THAT(error.what(), HasSubstr("127.0.0.1:" + std::to_string(first.port())));
  }
}

TEST_F(DoorTest, NothingToListenOnIsAnError) {
  EXPECT_THROW(Door(cache, {.address = ""}), std::invalid_argument);
}

TEST_F(DoorTest, NoRoomForClientsIsAnError) {
  EXPECT_THROW(Door(cache, {.max_clients = 0}), std::invalid_argument);
}

TEST_F(DoorTest, TurnsClientsAwayBeyondTheLimit) {
  const Door door(cache, {.max_clients = 1});
  WireClient first = enter(door);
  EXPECT_EQ(first.ask("PING"), "+PONG\r\n");
  EXPECT_EQ(enter(door).read_line(), "-ERR max number of clients reached\r\n");
}

TEST_F(DoorTest, TwoDoorsShowTwoCaches) {
  libcache::Cache other({.max_memory = std::size_t{16} << 20});
  const Door door(cache, {.access = DoorAccess::kFull});
  const Door other_door(other, {.access = DoorAccess::kFull});
  WireClient client = enter(door);
  WireClient other_client = enter(other_door);
  EXPECT_EQ(client.ask("SET k here"), "+OK\r\n");
  EXPECT_EQ(other_client.ask("SET k there"), "+OK\r\n");
  EXPECT_EQ(client.ask("GET k"), "here");
  EXPECT_EQ(other_client.ask("GET k"), "there");
}

TEST_F(DoorTest, AUnixSocketNeedsNoPortAndIsRemoved) {
  const TemporaryFolder folder;
  const std::string path = folder.path("cache.sock");
  {
    const Door door(cache, {.address = "", .unix_socket = path});
    EXPECT_EQ(door.port(), 0);
    EXPECT_EQ(std::filesystem::status(path).permissions(), std::filesystem::perms(0600));
    EXPECT_EQ(WireClient::connect_unix(path).ask("PING"), "+PONG\r\n");
  }
  EXPECT_FALSE(std::filesystem::exists(path));
}

TEST_F(DoorTest, LogsToTheServiceAlone) {
  std::vector<std::string> events;
  {
    const Door door(cache, {.log = [&](std::string_view event) { events.emplace_back(event); }});
    EXPECT_EQ(enter(door).ask("PING"), "+PONG\r\n");
  }
  EXPECT_THAT(events, Contains(StartsWith("Accepted 127.0.0.1:")));
}

}  // namespace
}  // namespace sideline::test
