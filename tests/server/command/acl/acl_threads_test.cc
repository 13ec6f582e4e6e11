#include <atomic>
#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "server/resp/reply.h"
#include "tests/support/command_fixture.h"

namespace sideline::command {
namespace {

constexpr std::size_t kThreads = 4;
constexpr int kRounds = 300;

/// A client on a thread of its own.
class Worker {
 public:
  Worker(Server& server, std::size_t thread)
      : dispatcher_(server), peer_(test::TestClient::connect(server, "127.0.0.1:1")) {
    peer_->client->thread = thread;
  }

  /// The reply; empty if the client was closed instead.
  std::string run(std::initializer_list<std::string_view> args) {
    resp::Reply reply(peer_->out, 2);
    static_cast<void>(
        dispatcher_.execute(*peer_->client, std::span(args.begin(), args.size()), reply));
    std::string bytes;
    while (!peer_->out.empty()) {
      const std::string_view piece = peer_->out.front(1)[0];
      bytes += piece;
      peer_->out.consume(piece.size());
    }
    return bytes;
  }

 private:
  Dispatcher dispatcher_;
  std::shared_ptr<test::TestClient> peer_;
};

class AclThreads : public test::CommandFixture {
 protected:
  static config::Settings settings() {
    config::Settings settings = default_settings();
    settings.io_threads = kThreads + 1;
    return settings;
  }
  AclThreads() : CommandFixture(settings()) {
    run({"ACL", "SETUSER", "alice", "on", "nopass", "allkeys", "+@all"});
  }

  /// Calls `work(worker)` on kThreads threads until `change(round)` was called kRounds times here.
  template <typename Work, typename Change>
  void meanwhile(Work work, Change change) {
    std::atomic<bool> stop{false};
    std::vector<std::thread> threads;
    for (std::size_t i = 0; i < kThreads; ++i) {
      threads.emplace_back([this, i, &work, &stop] {
        while (!stop) {
          Worker worker(server, i + 1);
          for (int request = 0; request < 100 && !stop; ++request) work(worker);
        }
      });
    }
    for (int round = 0; round < kRounds; ++round) change(round);
    stop = true;
    for (std::thread& thread : threads) thread.join();
  }
};

TEST_F(AclThreads, ARequestIsAllowedOrDenied) {
  std::atomic<int> others{0};
  meanwhile(
      [&](Worker& worker) {
        worker.run({"AUTH", "alice", ""});
        const std::string reply = worker.run({"GET", "k"});
        const bool expected =
            reply == "$-1\r\n" ||
            reply == "-NOPERM User alice has no permissions to run the 'get' command\r\n";
        if (!expected) ++others;
      },
      [&](int round) {
        run({"ACL", "SETUSER", "alice", round % 2 == 0 ? "-get" : "+get"});
      });
  EXPECT_EQ(others, 0);
}

TEST_F(AclThreads, AChangeThatIsDoneHoldsForWhatBeginsAfterwards) {
  std::atomic<int> allowed{0};
  std::atomic<int> phase{0};  // odd: denied
  meanwhile(
      [&](Worker& worker) {
        if (worker.run({"AUTH", "alice", ""}) != "+OK\r\n") return;
        const int before = phase;
        const std::string reply = worker.run({"GET", "k"});
        if (before % 2 == 1 && phase == before && reply == "$-1\r\n") ++allowed;
      },
      [&](int) {
        run({"ACL", "SETUSER", "alice", "-get"});
        ++phase;
        std::this_thread::yield();
        ++phase;
        run({"ACL", "SETUSER", "alice", "+get"});
      });
  EXPECT_EQ(allowed, 0);
}

TEST_F(AclThreads, WhoWasRemovedRunsNothing) {
  std::atomic<int> served{0};
  meanwhile(
      [&](Worker& worker) {
        // No user of any round may ping: who is served is somebody else's session.
        if (worker.run({"AUTH", "bob", ""}) == "+OK\r\n" && worker.run({"PING"}) == "+PONG\r\n") {
          ++served;
        }
      },
      [&](int) {
        run({"ACL", "SETUSER", "bob", "on", "nopass"});
        run({"ACL", "DELUSER", "bob"});
      });
  EXPECT_EQ(served, 0);
  EXPECT_EQ(server.acl.users().size(), 2U);
}

}  // namespace
}  // namespace sideline::command
