#include <array>
#include <atomic>
#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "tests/support/command_fixture.h"

namespace sideline::command {
namespace {

constexpr std::size_t kThreads = 4;
constexpr int kRounds = 500;

/// Counts what it is told, from any thread.
struct Counter final : Client::Link {
  void close() override { ++closed; }
  void push(std::string) override { ++pushed; }
  void resume() override { ++resumed; }
  std::atomic<int> closed{0}, pushed{0}, resumed{0};
};

/// A client on a thread of its own.
class Worker {
 public:
  Worker(Server& server, std::size_t thread, std::string address = "127.0.0.1:1")
      : server_(server) {
    client_->id = server.clients.next_id();
    client_->address = std::move(address);
    client_->thread = thread;
    client_->link = link;
    server.clients.add(client_);
  }
  ~Worker() { server_.clients.remove(client_->id); }

  Dispatcher::Result run(std::initializer_list<std::string_view> args) {
    resp::Reply reply(out_, client_->protocol);
    const auto result = dispatcher_.execute(*client_, std::span(args.begin(), args.size()), reply);
    out_.clear();
    return result;
  }

  const std::shared_ptr<Counter> link = std::make_shared<Counter>();

 private:
  Server& server_;
  Dispatcher dispatcher_{server_};
  std::shared_ptr<Client> client_ = std::make_shared<Client>();
  resp::OutputBuffer out_;
};

class DispatcherThreads : public test::CommandFixture {
 protected:
  static config::Settings settings() {
    config::Settings settings = default_settings();
    settings.io_threads = kThreads;
    settings.slowlog_log_slower_than = 0;
    return settings;
  }
  DispatcherThreads() : CommandFixture(settings()) {}

  /// Calls `work(worker, round)` kRounds times on each of kThreads threads, and waits for them.
  template <typename Work>
  void on_all_threads(Work work) {
    std::vector<std::thread> threads;
    for (std::size_t i = 0; i < kThreads; ++i) {
      threads.emplace_back([this, i, work] {
        Worker worker(server, i);
        for (int round = 0; round < kRounds; ++round) work(worker, round);
      });
    }
    for (std::thread& thread : threads) thread.join();
  }

  std::uint64_t calls(std::string_view command) {
    return server.command_stats.totals(server.table.find_command(command)->index).calls;
  }
};

TEST_F(DispatcherThreads, CountEveryRequest) {
  on_all_threads([](Worker& worker, int) { worker.run({"INCR", "counter"}); });
  EXPECT_EQ(run({"GET", "counter"}), "$4\r\n2000\r\n");
  EXPECT_EQ(calls("incr"), kThreads * kRounds);
}

TEST_F(DispatcherThreads, MoveSeveralKeysAtOnce) {
  run({"MSET", "a", "0", "b", "0"});
  std::atomic<int> torn{0};
  on_all_threads([this, &torn](Worker& worker, int round) {
    const std::string value = std::to_string(round);
    worker.run({"MSET", "a", value, "b", value});
    const std::array<libcache::Key, 2> keys = {"a", "b"};
    libcache::KeyLock lock = server.cache.lock(keys);
    if (lock.get("a")->bytes() != lock.get("b")->bytes()) ++torn;
  });
  EXPECT_EQ(torn, 0);
}

TEST_F(DispatcherThreads, ShareTheObservers) {
  Worker monitor(server, 0);
  monitor.run({"MONITOR"});
  on_all_threads([](Worker& worker, int round) {
    worker.run({"CLIENT", "SETNAME", "n" + std::to_string(round)});
    worker.run({"CLIENT", "LIST"});
    worker.run({"NOPE"});
  });
  EXPECT_EQ(monitor.link->pushed, kThreads * kRounds);
  EXPECT_EQ(server.command_stats.errors().at("ERR"), kThreads * kRounds);
}

TEST_F(DispatcherThreads, PauseAndResumeEachOther) {
  on_all_threads([](Worker& worker, int round) {
    const int resumed = worker.link->resumed;
    if (round % 10 == 0) {
      worker.run({"CLIENT", "PAUSE", "1000000", "WRITE"});
      worker.run({"CLIENT", "UNPAUSE"});
    }
    while (worker.run({"SET", "k", "v"}) == Dispatcher::Result::kPaused) {
      while (worker.link->resumed == resumed) std::this_thread::yield();
    }
  });
  EXPECT_EQ(calls("set"), kThreads * kRounds);
}

TEST_F(DispatcherThreads, ComeAndKillEachOther) {
  std::array<std::shared_ptr<Counter>, kThreads * kRounds> links;
  std::atomic<std::size_t> next{0};
  on_all_threads([&](Worker& worker, int round) {
    // Another thread's client of this round has the same address, so either may kill both; who
    // comes second may return before the first has closed.
    const std::string address = "127.0.0.1:" + std::to_string(50000 + round);
    const Worker other(server, 0, address);
    links[next++] = other.link;
    worker.run({"CLIENT", "KILL", "ADDR", address});
  });
  for (const auto& link : links) EXPECT_GE(link->closed, 1);
  EXPECT_EQ(server.clients.size(), 0U);
}

}  // namespace
}  // namespace sideline::command
