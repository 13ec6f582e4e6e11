#include "server/net/event_loop.h"

#include <sys/socket.h>

#include <array>
#include <atomic>
#include <chrono>
#include <optional>
#include <string>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "server/files/file_descriptor.h"

namespace sideline::net {
namespace {

using std::chrono::milliseconds;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using Interest = EventLoop::Interest;

/// A socket that is watched, and its peer.
class Watched final : private EventLoop::Watcher {
 public:
  Watched(EventLoop& loop, Interest interest) : loop_(loop) {
    std::array<int, 2> pair{};
    EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, pair.data()), 0);
    socket_ = FileDescriptor(pair[0]);
    peer_ = FileDescriptor(pair[1]);
    loop_.watch(socket_.get(), *this, interest);
  }

  void change(Interest interest) { loop_.change(socket_.get(), *this, interest); }
  void unwatch() { loop_.unwatch(socket_.get()); }

  void receive() { EXPECT_EQ(::send(peer_.get(), "x", 1, 0), 1); }
  void read() {
    char byte = 0;
    EXPECT_EQ(::recv(socket_.get(), &byte, 1, 0), 1);
  }
  void end_peer() { peer_ = {}; }

  /// What was told since the last call: "r", "w", "rw" for each time.
  std::vector<std::string> told() { return std::exchange(told_, {}); }

 private:
  void on_ready(bool readable, bool writable) override {
    told_.push_back(std::string(readable ? "r" : "") + (writable ? "w" : ""));
  }

  EventLoop& loop_;
  FileDescriptor socket_, peer_;
  std::vector<std::string> told_;
};

TEST(EventLoopTest, TellsOfASocketAsLongAsItIsReadable) {
  EventLoop loop;
  Watched watched(loop, Interest::kReadable);
  static_cast<void>(loop.poll());
  EXPECT_THAT(watched.told(), IsEmpty());
  watched.receive();
  static_cast<void>(loop.poll());
  static_cast<void>(loop.poll());
  EXPECT_THAT(watched.told(), ElementsAre("r", "r"));
  watched.read();
  static_cast<void>(loop.poll());
  EXPECT_THAT(watched.told(), IsEmpty());
}

TEST(EventLoopTest, TellsOnlyWhatSomebodyWaitsFor) {
  EventLoop loop;
  Watched watched(loop, Interest::kNothing);
  watched.receive();
  static_cast<void>(loop.poll());
  EXPECT_THAT(watched.told(), IsEmpty());
  watched.change(Interest::kWritable);
  static_cast<void>(loop.poll());
  EXPECT_THAT(watched.told(), ElementsAre("w"));
  watched.change(Interest::kBoth);
  static_cast<void>(loop.poll());
  EXPECT_THAT(watched.told(), ElementsAre("rw"));
  watched.change(Interest::kReadable);
  static_cast<void>(loop.poll());
  EXPECT_THAT(watched.told(), ElementsAre("r"));
}

TEST(EventLoopTest, TellsTheEndOfBothDirectionsInAnyCase) {
  EventLoop loop;
  Watched watched(loop, Interest::kNothing);
  watched.end_peer();
  static_cast<void>(loop.poll());
  EXPECT_THAT(watched.told(), ElementsAre("rw"));
}

TEST(EventLoopTest, TellsNothingOfWhatIsNotWatchedAnyMore) {
  EventLoop loop;
  Watched watched(loop, Interest::kReadable);
  watched.receive();
  watched.unwatch();
  static_cast<void>(loop.poll());
  EXPECT_THAT(watched.told(), IsEmpty());
}

TEST(EventLoopTest, RefusesWhatIsNoSocket) {
  EventLoop loop;
  Watched watched(loop, Interest::kNothing);
  watched.unwatch();
  EXPECT_THROW(watched.change(Interest::kReadable), std::system_error);
}

TEST(EventLoopTest, RunsThePostedTasksOfAllThreadsUntilItIsStopped) {
  constexpr int kThreads = 4;
  constexpr int kTasks = 1000;
  EventLoop loop;
  int ran = 0;  // on the loop's thread alone
  std::atomic<int> missing{kThreads};
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < kThreads; ++i) {
      threads.emplace_back([&] {
        for (int task = 0; task < kTasks; ++task) loop.post([&ran] { ++ran; });
        if (--missing == 0) loop.stop();
      });
    }
    loop.run();
  }
  EXPECT_EQ(ran, kThreads * kTasks);
}

TEST(EventLoopTest, ATaskMayPostAnother) {
  EventLoop loop;
  int ran = 0;
  loop.post([&] {
    ++ran;
    loop.post([&] {
      ++ran;
      loop.stop();
    });
  });
  loop.run();
  EXPECT_EQ(ran, 2);
}

TEST(EventLoopTest, WhatIsDeferredWaitsForTheEndOfTheRound) {
  EventLoop loop;
  std::vector<int> order;
  loop.defer([&] {
    order.push_back(2);
    loop.defer([&] { order.push_back(3); });
  });
  loop.post([&] { order.push_back(1); });
  static_cast<void>(loop.poll());
  EXPECT_THAT(order, ElementsAre(1, 2));
  static_cast<void>(loop.poll());
  EXPECT_THAT(order, ElementsAre(1, 2, 3));
}

TEST(EventLoopTest, PollTellsWhetherThereWasAnything) {
  EventLoop loop;
  Watched watched(loop, Interest::kReadable);
  EXPECT_FALSE(loop.poll());
  loop.post([] {});
  EXPECT_TRUE(loop.poll());
  loop.defer([] {});
  EXPECT_TRUE(loop.poll());
  EXPECT_FALSE(loop.poll());
  watched.receive();
  EXPECT_TRUE(loop.poll());
}

TEST(EventLoopTest, DoesNotSleepWhileSomethingIsDeferred) {
  EventLoop loop;
  int rounds = 0;
  std::function<void()> again = [&] { ++rounds < 3 ? loop.defer(again) : loop.stop(); };
  loop.defer(again);
  loop.run();
  EXPECT_EQ(rounds, 3);
}

TEST(EventLoopTest, TimersRunInOrderAndNotBeforeTheirTime) {
  EventLoop loop;
  EventLoop::Timer late(loop), early(loop);
  std::vector<int> order;
  const auto start = EventLoop::Clock::now();
  late.start(milliseconds(20), [&] {
    order.push_back(2);
    loop.stop();
  });
  early.start(milliseconds(5), [&] { order.push_back(1); });
  loop.run();
  EXPECT_THAT(order, ElementsAre(1, 2));
  EXPECT_GE(EventLoop::Clock::now() - start, milliseconds(20));
}

TEST(EventLoopTest, ATimerThatIsCancelledOrGoneDoesNotRun) {
  EventLoop loop;
  int ran = 0;
  EventLoop::Timer cancelled(loop), last(loop);
  std::optional<EventLoop::Timer> gone(std::in_place, loop);
  cancelled.start(milliseconds(1), [&] { ++ran; });
  gone->start(milliseconds(1), [&] { ++ran; });
  cancelled.cancel();
  gone.reset();
  last.start(milliseconds(10), [&] { loop.stop(); });
  loop.run();
  EXPECT_EQ(ran, 0);
}

TEST(EventLoopTest, ATimerMayBeStartedAgainByItsTask) {
  EventLoop loop;
  EventLoop::Timer timer(loop);
  int ran = 0;
  std::function<void()> task = [&] {
    ++ran < 3 ? timer.start(milliseconds(1), task) : loop.stop();
  };
  timer.start(milliseconds(1), task);
  loop.run();
  EXPECT_EQ(ran, 3);
}

TEST(EventLoopTest, AStartedTimerForgetsItsEarlierTask) {
  EventLoop loop;
  EventLoop::Timer timer(loop);
  std::vector<int> ran;
  timer.start(milliseconds(1), [&] { ran.push_back(1); });
  timer.start(milliseconds(5), [&] {
    ran.push_back(2);
    loop.stop();
  });
  loop.run();
  EXPECT_THAT(ran, ElementsAre(2));
}

}  // namespace
}  // namespace sideline::net
