#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "tests/support/server_process.h"
#include "tests/wire/hiredis_client.h"

// Many clients at once, each with keys and values of its own: whatever one reads must be its own.
namespace sideline::test {
namespace {

constexpr int kThreads = 4;

/// Runs `work(i)` on a thread of its own for each i below kThreads. It returns what went wrong, or
/// nothing.
void on_threads(const std::function<std::string(int)>& work) {
  std::vector<std::string> faults(kThreads);
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < kThreads; ++i) {
      threads.emplace_back([&, i] { faults[static_cast<std::size_t>(i)] = work(i); });
    }
  }
  for (const std::string& fault : faults) EXPECT_EQ(fault, "");
}

/// A client that writes and reads in pipelines of random depth, and knows what has to come back.
class Talker {
 public:
  Talker(int port, std::string name, unsigned seed)
      : client_(port), name_(std::move(name)), random_(seed) {}

  void send() {
    depth_ = below(40) + 1;
    first_ = below(1000);
    for (std::size_t i = 0; i < depth_; ++i) {
      client_.append({"SET", key(i), value(i)});
      client_.append({"GET", key(i)});
      client_.append({"ECHO", value(i)});
    }
  }

  /// Reads the replies to what was sent. Returns what is wrong with them.
  std::string receive() {
    for (std::size_t i = 0; i < depth_; ++i) {
      if (text_of(client_.read()) != "OK") return name_ + ": SET was not answered with OK";
      if (text_of(client_.read()) != value(i)) return name_ + ": GET gave another value";
      if (text_of(client_.read()) != value(i)) return name_ + ": ECHO gave another text";
    }
    return {};
  }

 private:
  [[nodiscard]] std::size_t below(std::size_t bound) { return random_() % bound; }
  [[nodiscard]] std::string key(std::size_t i) const {
    return name_ + ":" + std::to_string((first_ + i) % 50);
  }
  /// Most are small, a few take many segments.
  [[nodiscard]] std::string value(std::size_t i) const {
    const std::size_t number = first_ + i;
    const std::size_t size = number % 23 == 0 ? number * 61 : number % 300;
    return key(i) + std::string(size, static_cast<char>('a' + number % 26));
  }

  HiredisClient client_;
  std::string name_;
  std::minstd_rand random_;
  std::size_t depth_ = 0;
  std::size_t first_ = 0;
};

TEST(HiredisCrowd, NoReplyGoesToAWrongClient) {
  constexpr int kTalkers = 16;  // on each thread, all of them waiting for replies at once
  constexpr int kRounds = 40;
  const ServerProcess server;
  on_threads([&](int thread) {
    std::vector<std::unique_ptr<Talker>> talkers;
    for (int i = 0; i < kTalkers; ++i) {
      const int number = thread * kTalkers + i;
      talkers.push_back(std::make_unique<Talker>(server.port(), "client" + std::to_string(number),
                                                 static_cast<unsigned>(number)));
    }
    for (int round = 0; round < kRounds; ++round) {
      for (const auto& talker : talkers) talker->send();
      for (const auto& talker : talkers) {
        if (std::string fault = talker->receive(); !fault.empty()) return fault;
      }
    }
    return std::string();
  });
}

/// A client that counts up in a key of its own, and connects again whenever it is thrown out.
class Counter {
 public:
  Counter(int port, std::string key) : port_(port), key_(std::move(key)) { connect(); }

  /// Writes the next number. Returns what is wrong, if anything.
  std::string step() {
    const auto reply = client_->run({"SET", key_, std::to_string(++sent_)});
    if (reply) {
      if (text_of(reply) != "OK") return key_ + ": SET was not answered with OK";
      acknowledged_ = sent_;
      return {};
    }
    connect();
    const auto stored = client_->run({"GET", key_});
    // It may be thrown out again at once, and then it knows nothing.
    if (!stored) return {};
    const std::string text(text_of(stored).value_or("0"));
    const int number = std::stoi(text);
    const bool possible = number >= acknowledged_ && number <= sent_;
    return possible ? "" : key_ + ": an acknowledged write is lost, or another client's is there";
  }

 private:
  void connect() { client_ = std::make_unique<HiredisClient>(port_); }

  int port_;
  std::string key_;
  std::unique_ptr<HiredisClient> client_;
  int sent_ = 0;
  int acknowledged_ = 0;
};

TEST(HiredisCrowd, KillingAllClientsAgainAndAgainLosesNoWrite) {
  constexpr int kKills = 200;
  const ServerProcess server;
  std::atomic<bool> done = false;
  std::int64_t killed = 0;
  std::jthread killer([&] {
    HiredisClient client(server.port());
    for (int i = 0; i < kKills; ++i) {
      const auto reply = client.run({"CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes"});
      if (reply && reply->type == REDIS_REPLY_INTEGER) killed += reply->integer;
    }
    done = true;
  });
  on_threads([&](int thread) {
    Counter counter(server.port(), "counter" + std::to_string(thread));
    while (!done) {
      if (std::string fault = counter.step(); !fault.empty()) return fault;
    }
    return std::string();
  });
  killer.join();
  EXPECT_GT(killed, kThreads);
  HiredisClient survivor(server.port());
  EXPECT_EQ(text_of(survivor.run({"PING"})), "PONG");
}

TEST(HiredisCrowd, ConnectionsThatComeAndGoLeaveNothingBehind) {
  constexpr int kConnections = 500;
  const ServerProcess server;
  on_threads([&](int thread) {
    for (int i = 0; i < kConnections; ++i) {
      HiredisClient client(server.port());
      const std::string text = std::to_string(thread) + ":" + std::to_string(i);
      if (i % 3 == 0) client.append({"GET", "never read"});
      if (i % 3 == 1 && text_of(client.run({"ECHO", text})) != text) {
        return std::string("ECHO gave another text");
      }
    }
    return std::string();
  });
  HiredisClient client(server.port());
  // The last ones may still be on their way out.
  const auto connected = [&] {
    const std::string info(text_of(client.run({"INFO", "clients"})).value_or(""));
    return info.find("connected_clients:1\r\n") != std::string::npos;
  };
  int tries = 0;
  while (!connected() && ++tries < 10'000) std::this_thread::yield();
  EXPECT_TRUE(connected());
}

}  // namespace
}  // namespace sideline::test
