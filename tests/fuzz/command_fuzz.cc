// Any bytes as two clients' requests: nothing may crash, every reply must be well-formed RESP of
// the client's protocol, and each request must get one, unless the client wants none.
//
// The input's first byte chooses the protocol and whether there is a password (that of the requests
// in tests/wire/differential/cases/auth.txt); the rest is what arrives. A request that begins with
// the argument @2 is the second client's, and "@pass MS" lets time pass.

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include <libcache/clock.h>

#include "server/command/clients/client.h"
#include "server/command/clients/login.h"
#include "server/command/core/server.h"
#include "server/command/dispatcher.h"
#include "server/command/families.h"
#include "server/config/config.h"
#include "server/config/letter_case.h"
#include "server/config/password_hash.h"
#include "server/resp/output_buffer.h"
#include "server/resp/reply.h"
#include "server/resp/request_parser.h"
#include "tests/support/parsed_reply.h"

namespace {

using sideline::command::all_families;
using sideline::command::Client;
using sideline::command::Dispatcher;
using sideline::command::Server;
using sideline::config::same_ignoring_case;
using sideline::resp::RequestParser;
using sideline::test::ParsedReply;
using Arguments = std::span<const std::string_view>;

constexpr std::size_t kLongestInput = 2048;
constexpr int kMostRequests = 100;

void check(bool holds) {
  if (!holds) std::abort();
}

/// Whether a reply has only what the protocol has.
bool is_of_protocol(const ParsedReply& reply, int protocol) {
  const std::string_view types = protocol == 2 ? "+-:$*" : "+-:$*%~>,#=_";
  return types.find(reply.type) != std::string_view::npos &&
         std::all_of(reply.elements.begin(), reply.elements.end(),
                     [&](const ParsedReply& part) { return is_of_protocol(part, protocol); });
}

/// Takes whole replies apart until nothing is left; returns how many there were.
int count_replies(std::string_view bytes, int protocol) {
  int count = 0;
  for (; !bytes.empty(); ++count) {
    check(is_of_protocol(sideline::test::parse_reply(bytes), protocol));
  }
  return count;
}

class Peer final : public Client::Link {
 public:
  static std::shared_ptr<Peer> connect(Server& server, int protocol) {
    auto peer = std::make_shared<Peer>();
    Client& client = *peer->client;
    client.id = server.clients.next_id();
    client.address = "127.0.0.1:" + std::to_string(50'000 + client.id);
    client.local_address = "127.0.0.1:6379";
    client.fd = 8;
    client.connected_ms = server.clock.now_ms();
    sideline::command::log_out(client, server.acl);
    client.protocol = protocol;
    client.link = peer;
    server.clients.add(peer->client);
    return peer;
  }

  void close() override { closed = true; }
  void push(std::string bytes) override { pushed += bytes; }
  void resume() override {}

  /// All that is to be sent to it.
  std::string take_output() {
    std::string bytes;
    while (!out.empty()) {
      const std::string_view piece = out.front(1)[0];
      bytes += piece;
      out.consume(piece.size());
    }
    return bytes;
  }

  std::shared_ptr<Client> client = std::make_shared<Client>();
  sideline::resp::OutputBuffer out;
  std::string pushed;
  bool closed = false;
};

libcache::Options cache_options(const sideline::config::Settings& settings,
                                const libcache::Clock& clock) {
  libcache::Options options = sideline::command::cache_options(settings);
  options.clock = &clock;
  options.maintenance = libcache::Maintenance::kManual;
  return options;
}

class Session {
 public:
  explicit Session(std::uint8_t choice) : config_(settings((choice & 1) != 0), "") {
    const int protocol = (choice & 2) != 0 ? 3 : 2;
    for (auto& peer : peers_) peer = Peer::connect(server_, protocol);
  }

  void run(std::string_view bytes) {
    RequestParser parser;
    for (int i = 0; i < kMostRequests && !peers_[0]->closed; ++i) {
      const sideline::resp::ParserLimits limits{.max_bulk = server_.max_string(),
                                                .authenticated = peers_[0]->client->authenticated};
      if (parser.parse(bytes, limits) != RequestParser::Result::kRequest) break;
      if (!parser.arguments().empty()) request(parser.arguments());
      bytes.remove_prefix(parser.consumed());
    }
    finish();
  }

 private:
  static sideline::config::Settings settings(bool with_password) {
    sideline::config::Settings settings;
    settings.maxmemory = std::size_t{2} << 20;
    settings.proto_max_bulk_len = std::size_t{1} << 20;
    settings.io_threads = 1;
    settings.enable_debug_command = "local";
    if (with_password) settings.requirepass = sideline::config::password_hash("secret");
    return settings;
  }

  void request(Arguments args) {
    if (args[0] == "@pass" && args.size() == 2) return pass(args[1]);
    Peer& peer = *peers_[args[0] == "@2" ? 1 : 0];
    if (args[0] == "@2") args = args.subspan(1);
    if (args.empty() || peer.closed || is_left_out(args, peer)) return;

    // MONITOR by who monitors already gets no reply, in Redis too.
    const bool wants_replies =
        peer.client->reply_mode == Client::ReplyMode::kOn && !peer.client->monitor;
    sideline::resp::Reply reply(peer.out, peer.client->protocol);
    const int protocol_before = reply.protocol();
    const Dispatcher::Result result = execute(peer, args, reply);
    const int protocol = std::max(protocol_before, peer.client->protocol.load());
    const int replies = count_replies(peer.take_output(), protocol);
    check(replies <= 1);
    if (result == Dispatcher::Result::kClose) {
      peer.closed = true;
    } else if (wants_replies && peer.client->reply_mode == Client::ReplyMode::kOn) {
      check(replies == 1);
    }
  }

  Dispatcher::Result execute(Peer& peer, Arguments args, sideline::resp::Reply& reply) {
    auto result = dispatcher_.execute(*peer.client, args, reply);
    if (result != Dispatcher::Result::kPaused) return result;
    check(peer.out.empty());
    server_.pause.end();
    result = dispatcher_.execute(*peer.client, args, reply);
    check(result != Dispatcher::Result::kPaused);
    return result;
  }

  /// What would stop the process, or take too long or too much, as it is meant to.
  bool is_left_out(Arguments args, const Peer& peer) {
    const auto is_word = [&](std::size_t i, std::string_view word) {
      return args.size() > i && same_ignoring_case(args[i], word);
    };
    if (is_word(0, "debug")) return is_word(1, "sleep") || is_word(1, "reload");
    if (is_word(0, "config") && is_word(1, "set")) {
      return std::any_of(args.begin() + 2, args.end(), [](std::string_view arg) {
        return same_ignoring_case(arg, "maxmemory") ||
               same_ignoring_case(arg, "proto-max-bulk-len");
      });
    }
    constexpr std::size_t kMostCells = std::size_t{1} << 20;
    return is_word(0, "lcs") && args.size() > 2 &&
           value_size(args[1], peer) * value_size(args[2], peer) > kMostCells;
  }
  std::size_t value_size(std::string_view key, const Peer& peer) {
    const auto info = server_.cache.info({key, peer.client->database});
    return info ? info->value_size : 0;
  }

  void pass(std::string_view ms) {
    constexpr std::size_t kDigits = 12;
    clock_.advance_ms(std::abs(std::atoll(std::string(ms.substr(0, kDigits)).c_str())));
    server_.cache.maintain();
  }

  void finish() {
    for (const auto& peer : peers_) count_replies(peer->pushed, 3);
    check(server_.cache.check_invariants().empty());
    check(server_.cache.memory() <= server_.cache.max_memory() * 17 / 16);
  }

  libcache::ManualClock clock_;
  sideline::config::Config config_;
  libcache::Cache cache_{cache_options(config_.settings(), clock_)};
  // Without files, as behind a door.
  Server server_{config_, cache_, all_families(), sideline::command::kProcess};
  Dispatcher dispatcher_{server_};
  std::array<std::shared_ptr<Peer>, 2> peers_;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view bytes(reinterpret_cast<const char*>(data), std::min(size, kLongestInput));
  Session(data[0]).run(bytes.substr(1));
  return 0;
}
