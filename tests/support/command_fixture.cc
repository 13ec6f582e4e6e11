#include "tests/support/command_fixture.h"

#include <utility>

#include "server/command/clients/login.h"
#include "server/command/families.h"
#include "server/resp/reply.h"

namespace sideline::test {

TestClient::TestClient(command::Server& server, std::string address)
    : client(std::make_shared<command::Client>()) {
  client->id = server.clients.next_id();
  client->address = std::move(address);
  client->local_address = "127.0.0.1:6379";
  client->fd = 8;
  client->connected_ms = server.clock.now_ms();
  client->last_active_ms = server.clock.now_ms();
  command::log_out(*client, server.acl);
}

std::shared_ptr<TestClient> TestClient::connect(command::Server& server, std::string address) {
  auto connected = std::make_shared<TestClient>(server, std::move(address));
  connected->client->link = connected;
  server.clients.add(connected->client);
  return connected;
}

libcache::Options cache_options(const config::Settings& settings, const libcache::Clock& clock) {
  libcache::Options options = command::cache_options(settings);
  options.clock = &clock;
  options.maintenance = libcache::Maintenance::kManual;
  return options;
}

namespace {

config::Settings with_folder(config::Settings settings, const TemporaryFolder& folder) {
  settings.dir = folder.path("");
  return settings;
}

}  // namespace

CommandFixture::CommandFixture(config::Settings settings)
    : config(with_folder(std::move(settings), folder), ""),
      cache(cache_options(config.settings(), clock)),
      server(config, cache, command::all_families()),
      log([](std::string_view) {}, log::Level::kNothing),
      snapshots({.cache = cache,
                 .config = config,
                 .log = log,
                 .changes = [this] { return server.changes(); },
                 .obstacles = server.obstacles}),
      dispatcher(server) {
  server.snapshots = &snapshots;
}

CommandFixture::~CommandFixture() { EXPECT_EQ(server.cache.check_invariants(), ""); }

config::Settings CommandFixture::default_settings() {
  config::Settings settings;
  settings.maxmemory = std::size_t{64} << 20;
  return settings;
}

std::string CommandFixture::run(TestClient& client, Arguments args) {
  return run(client, std::span(args.begin(), args.size()));
}

std::string CommandFixture::run(TestClient& client, std::span<const std::string_view> args) {
  resp::Reply reply(client.out, client.client->protocol);
  client.result = dispatcher.execute(*client.client, args, reply);
  std::string bytes;
  while (!client.out.empty()) {
    const std::string_view piece = client.out.front(1)[0];
    bytes += piece;
    client.out.consume(piece.size());
  }
  return bytes;
}

ParsedReply CommandFixture::ask(TestClient& client, Arguments args) {
  const std::string bytes = run(client, args);
  std::string_view rest = bytes;
  ParsedReply reply = parse_reply(rest);
  EXPECT_EQ(rest, "") << "more than one reply";
  return reply;
}

TestClient& CommandFixture::client(std::size_t number) {
  while (clients_.size() <= number) {
    const std::string port = std::to_string(50000 + clients_.size());
    clients_.push_back(TestClient::connect(server, "127.0.0.1:" + port));
  }
  return *clients_[number];
}

void CommandFixture::pass_ms(std::int64_t ms) {
  clock.advance_ms(ms);
  server.cache.maintain();
}

TestClient& CommandFixture::unix_client() {
  unix_clients_.push_back(TestClient::connect(server, "/tmp/sideline.sock:0"));
  unix_clients_.back()->client->kind = command::Client::Kind::kUnix;
  return *unix_clients_.back();
}

}  // namespace sideline::test
