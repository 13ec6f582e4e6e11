#include <sys/socket.h>

#include <chrono>
#include <csignal>
#include <cstring>
#include <filesystem>
#include <iterator>
#include <optional>
#include <stop_token>
#include <string>
#include <system_error>
#include <thread>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <libcache/cache.h>
#include <libcache/clock.h>
#include <libcache/door.h>
#include <libcache/loading_cache.h>
#include <libcache/typed_cache.h>

#include "server/files/file_descriptor.h"
#include "server/net/socket_address.h"
#include "tests/support/temporary_folder.h"
#include "tests/support/wire_client.h"

namespace sideline::test {
namespace {

using libcache::Door;
using libcache::DoorAccess;
using ::testing::AllOf;
using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::StartsWith;

/// Of this process.
std::size_t open_files() {
  const std::filesystem::directory_iterator files("/proc/self/fd");
  return static_cast<std::size_t>(std::distance(begin(files), end(files)));
}

/// A service with a cache, whose clock stands.
class DoorTest : public ::testing::Test {
 protected:
  static WireClient enter(const Door& door) { return WireClient::connect(door.port()); }
  /// The value of one directive.
  static std::string config(WireClient& client, const std::string& name) {
    EXPECT_TRUE(client.send("CONFIG GET " + name + "\r\n"));
    EXPECT_EQ(client.read_line(), "*2\r\n");
    for (int i = 0; i < 3; ++i) static_cast<void>(client.read_line());
    std::string value = client.read_line();
    value.resize(value.size() - 2);
    return value;
  }

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
  for (const char* const command : {"SHUTDOWN NOSAVE", "CONFIG REWRITE", "MEMORY PURGE"}) {
    EXPECT_THAT(client.ask(command), StartsWith("-NOPERM ")) << command;
  }
  EXPECT_EQ(client.ask("CONFIG SET requirepass open"),
            "-ERR CONFIG SET failed (possibly related to argument 'requirepass') - "
            "can't set immutable config\r\n");
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

TEST_F(DoorTest, ShowsTheLimitAndThePolicyThatTheCacheHasNow) {
  const Door door(cache);
  WireClient client = enter(door);
  EXPECT_EQ(config(client, "maxmemory"), "16777216");
  EXPECT_EQ(config(client, "maxmemory-policy"), "allkeys-lru");

  cache.set_max_memory(std::size_t{8} << 20);
  cache.set_policy(libcache::Policy::kAllKeysLfu);
  EXPECT_EQ(config(client, "maxmemory"), "8388608");
  EXPECT_EQ(config(client, "maxmemory-policy"), "allkeys-lfu");
  EXPECT_THAT(client.ask("INFO memory"), AllOf(HasSubstr("\r\nmaxmemory:8388608\r\n"),
                                               HasSubstr("\r\nmaxmemory_policy:allkeys-lfu\r\n")));
}

TEST_F(DoorTest, ChangesWhatIsOfTheCacheIfItMay) {
  const Door door(cache, {.access = DoorAccess::kFull});
  WireClient client = enter(door);
  EXPECT_EQ(client.ask("CONFIG SET maxmemory 4mb maxmemory-policy volatile-ttl default-ttl 60"),
            "+OK\r\n");
  EXPECT_EQ(cache.max_memory(), std::size_t{4} << 20);
  EXPECT_EQ(cache.policy(), libcache::Policy::kVolatileTtl);
  EXPECT_EQ(cache.default_ttl(), std::chrono::seconds(60));
}

TEST_F(DoorTest, AChangeOfThePolicyLeavesTheLimitThatTheServiceChose) {
  const Door door(cache, {.access = DoorAccess::kFull});
  cache.set_max_memory(std::size_t{8} << 20);
  EXPECT_EQ(enter(door).ask("CONFIG SET maxmemory-policy allkeys-lfu"), "+OK\r\n");
  EXPECT_EQ(cache.max_memory(), std::size_t{8} << 20);
}

TEST_F(DoorTest, WritesAreRefusedByThePolicyThatTheCacheHasNow) {
  const Door door(cache, {.access = DoorAccess::kFull});
  WireClient client = enter(door);
  for (int i = 0; cache.stats().total.evictions == 0; ++i) {
    cache.set(std::to_string(i), std::string(1000, 'x'));
  }
  cache.set_policy(libcache::Policy::kNoEviction);
  cache.set_max_memory(cache.memory());
  EXPECT_THAT(client.ask("SETRANGE new 0 x"), StartsWith("-OOM "));
  cache.set_policy(libcache::Policy::kAllKeysLru);
  EXPECT_EQ(client.ask("SETRANGE new 0 x"), ":1\r\n");
}

TEST_F(DoorTest, TypedValuesAreTheirFormatAndTheirBytes) {
  using Codec = libcache::StringCodec<>;
  const Door door(cache);
  libcache::TypedCache<std::string, std::string, Codec> names(cache);
  static_cast<void>(names.set("name", "Ada"));
  std::string bytes(sizeof(Codec::kFormat.bits), '\0');
  std::memcpy(bytes.data(), &Codec::kFormat.bits, bytes.size());
  EXPECT_EQ(enter(door).ask("GET name"), bytes + "Ada");
}

TEST_F(DoorTest, NegativeEntriesAreNotThere) {
  const Door door(cache);
  libcache::LoadingCache loading(cache);
  const auto absent = []() -> libcache::Loaded { return libcache::Absent{}; };
  const libcache::LoadOptions options{.absent_ttl = std::chrono::minutes(1)};
  static_cast<void>(loading.get_or_compute("nobody", absent, options));
  WireClient client = enter(door);
  EXPECT_EQ(client.ask("GET nobody"), "$-1\r\n");
  EXPECT_EQ(client.ask("EXISTS nobody"), ":0\r\n");
  EXPECT_EQ(client.ask("TTL nobody"), ":-2\r\n");
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

TEST_F(DoorTest, AClientThatLeavesBeforeItsReplyRaisesNoSignal) {
  ASSERT_EQ(std::signal(SIGPIPE, SIG_DFL), SIG_DFL);
  const Door door(cache);
  cache.set("large", std::string(1 << 20, 'x'));
  {
    WireClient leaving = enter(door);
    ASSERT_TRUE(leaving.send(repeat("GET large\r\n", 100)));
    EXPECT_EQ(leaving.read(1), "$");
  }
  EXPECT_EQ(enter(door).ask("PING"), "+PONG\r\n");
}

TEST_F(DoorTest, ManyComeAndGoWhileTheServiceWorks) {
  std::jthread service([this](const std::stop_token& stop) {
    while (!stop.stop_requested()) cache.set("k", "v");
  });
  for (int i = 0; i < 100; ++i) {
    const Door door(cache);
    WireClient client = enter(door);
    EXPECT_TRUE(client.send("GET k\r\n"));
  }
}

TEST_F(DoorTest, APortInUseIsAnError) {
  const Door first(cache);
  try {
    const Door second(cache, {.port = first.port()});
    FAIL() << "two doors on one port";
  } catch (const std::system_error& error) {
    EXPECT_EQ(error.code(), std::errc::address_in_use);
    EXPECT_EQ(error.what(), "can't listen on 127.0.0.1:" + std::to_string(first.port()) +
                                ": Address already in use");
  }
}

TEST_F(DoorTest, AnAddressThatIsNoneIsAnError) {
  try {
    const Door door(cache, {.address = "300.0.0.1"});
    FAIL() << "a door on 300.0.0.1";
  } catch (const std::system_error& error) {
    EXPECT_EQ(error.code(), std::errc::invalid_argument);
    EXPECT_THAT(error.what(), StartsWith("can't listen on 300.0.0.1: "));
  }
}

TEST_F(DoorTest, AFailureLeavesNothingOpen) {
  const std::size_t before = open_files();
  EXPECT_THROW(Door(cache, {.unix_socket = "/no/such/folder/socket"}), std::system_error);
  EXPECT_EQ(open_files(), before);
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

/// What a process leaves behind that did not end in good order.
void leave_socket_file(const std::string& path) {
  const FileDescriptor socket(::socket(AF_UNIX, SOCK_STREAM, 0));
  const auto address = net::SocketAddress::unix_path(path);
  ASSERT_EQ(::bind(socket.get(), address->get(), address->size), 0);
}

/// A door on a UNIX socket alone.
class UnixDoorTest : public DoorTest {
 protected:
  [[nodiscard]] libcache::DoorOptions at_path() const {
    return {.address = "", .unix_socket = path};
  }
  [[nodiscard]] std::string ask(const std::string& request) const {
    return WireClient::connect_unix(path).ask(request);
  }

  TemporaryFolder folder;
  const std::string path = folder.path("cache.sock");
};

TEST_F(UnixDoorTest, AFileThatNobodyListensOnIsReplaced) {
  leave_socket_file(path);
  const Door door(cache, at_path());
  EXPECT_EQ(ask("PING"), "+PONG\r\n");
}

TEST_F(UnixDoorTest, ASocketInUseIsAnError) {
  const Door first(cache, at_path());
  EXPECT_THROW(Door(cache, at_path()), std::system_error);
  EXPECT_EQ(ask("PING"), "+PONG\r\n");
}

TEST_F(UnixDoorTest, AnotherFileIsLeftAlone) {
  folder.write("cache.sock", "precious");
  EXPECT_THROW(Door(cache, at_path()), std::system_error);
  EXPECT_EQ(folder.read("cache.sock"), "precious");
}

TEST_F(UnixDoorTest, TheFileOfAnotherDoorIsNotRemoved) {
  std::optional<Door> first(std::in_place, cache, at_path());
  std::filesystem::remove(path);
  const Door second(cache, at_path());
  first.reset();
  EXPECT_EQ(ask("PING"), "+PONG\r\n");
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
