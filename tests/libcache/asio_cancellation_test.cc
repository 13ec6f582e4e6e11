#include <chrono>
#include <memory>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include <boost/asio/experimental/awaitable_operators.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "asio_fixture.h"

namespace libcache {
namespace {

namespace asio = boost::asio;
using asio::cancellation_type;
using asio::use_awaitable;
using testing::ElementsAre;

class AsioCancellationTest : public AsioTest {
 protected:
  void cancel() { signal_.emit(cancellation_type::terminal); }

  asio::cancellation_signal signal_;
};

TEST_F(AsioCancellationTest, EndsTheWaitAtOnceAndNotTheLoad) {
  ask("k", "v", signal_.slot());
  cancel();
  EXPECT_THAT(results_, ElementsAre());  // it is posted, as a result
  EXPECT_TRUE(is_idle(handlers_));
  EXPECT_THAT(results_, ElementsAre("stopped"));
  run(loaders_);
  EXPECT_EQ(cached("k"), "v");
  run(handlers_);
  EXPECT_THAT(results_, ElementsAre("stopped"));
}

TEST_F(AsioCancellationTest, IsOfAnyTypeButNone) {
  for (const auto type :
       {cancellation_type::terminal, cancellation_type::partial, cancellation_type::total}) {
    ask("k", "v", signal_.slot());
    signal_.emit(cancellation_type::none);
    EXPECT_FALSE(is_idle(handlers_));
    signal_.emit(type);
    EXPECT_TRUE(is_idle(handlers_));
  }
  EXPECT_THAT(results_, ElementsAre("stopped", "stopped", "stopped"));
  run(loaders_);
}

TEST_F(AsioCancellationTest, OfOneCallIsNothingToTheOthers) {
  ask("k", "v", signal_.slot());
  ask("k", "unused");
  cancel();
  run(loaders_);
  run(handlers_);
  EXPECT_THAT(results_, ElementsAre("stopped", "v"));
  EXPECT_EQ(loads_, 1);
}

TEST_F(AsioCancellationTest, BeforeTheCallDoesNothing) {
  cancel();
  ask("k", "v", signal_.slot());
  run(loaders_);
  run(handlers_);
  EXPECT_THAT(results_, ElementsAre("v"));
}

TEST_F(AsioCancellationTest, AfterTheHandlerDoesNothing) {
  ask("k", "v", signal_.slot());
  run(loaders_);
  run(handlers_);
  cancel();
  run(handlers_);
  EXPECT_THAT(results_, ElementsAre("v"));
}

TEST_F(AsioCancellationTest, BetweenTheResultAndItsHandlerDoesNothing) {
  ask("k", "v", signal_.slot());
  run(loaders_);
  cancel();
  run(handlers_);
  EXPECT_THAT(results_, ElementsAre("v"));
}

TEST_F(AsioCancellationTest, IsNotOverruledByAResultBeforeItsHandler) {
  ask("k", "v", signal_.slot());
  cancel();
  run(loaders_);
  run(handlers_);
  EXPECT_THAT(results_, ElementsAre("stopped"));
}

TEST_F(AsioCancellationTest, TwiceIsOnce) {
  ask("k", "v", signal_.slot());
  cancel();
  cancel();
  run(handlers_);
  EXPECT_THAT(results_, ElementsAre("stopped"));
  run(loaders_);
}

TEST_F(AsioCancellationTest, OfAHitDoesNothing) {
  cache_.set("k", "v");
  ask("k", "unused", signal_.slot());
  cancel();
  run(handlers_);
  EXPECT_THAT(results_, ElementsAre("v"));
}

TEST_F(AsioCancellationTest, LeavesNothingOfTheHandler) {
  auto gone = std::make_unique<asio::io_context>();
  const auto owned = std::make_shared<int>();
  async_get_or_compute(
      loading_, "k", loader_of("v"), loaders_.get_executor(), {},
      asio::bind_cancellation_slot(
          signal_.slot(), asio::bind_executor(asio::make_strand(*gone),
                                              [this, owned](const LoadResult& r) { note()(r); })));
  EXPECT_EQ(owned.use_count(), 2);
  cancel();
  run(*gone);
  EXPECT_THAT(results_, ElementsAre("stopped"));
  EXPECT_EQ(owned.use_count(), 1);
  gone.reset();   // as nothing waits there
  run(loaders_);  // and the load ends
  EXPECT_EQ(cached("k"), "v");
}

TEST_F(AsioCancellationTest, ATimeoutOfACoroutine) {
  using asio::experimental::awaitable_operators::operator||;
  std::vector<std::size_t> first;
  const auto coroutine = [&]() -> asio::awaitable<void> {
    asio::steady_timer over(handlers_, asio::steady_timer::time_point::min());
    asio::steady_timer never(handlers_, asio::steady_timer::time_point::max());
    const auto get = [this] {
      return async_get_or_compute(loading_, "k", loader_of("v"), loaders_.get_executor(), {},
                                  use_awaitable);
    };
    const auto late = co_await (get() || over.async_wait(use_awaitable));
    first.push_back(late.index());
    const auto in_time = co_await (get() || never.async_wait(use_awaitable));
    first.push_back(in_time.index());
    results_.push_back(text(std::get<0>(in_time)));
  };
  asio::co_spawn(handlers_, coroutine(), asio::detached);
  run(handlers_);
  EXPECT_THAT(first, ElementsAre(1));
  run(loaders_);
  run(handlers_);
  EXPECT_THAT(first, ElementsAre(1, 0));
  EXPECT_THAT(results_, ElementsAre("v"));
  EXPECT_EQ(loads_, 1);
}

// Either may win, but there is one end to each call, and each load is stored.
TEST_F(AsioCancellationTest, AtTheSameTimeAsTheResult) {
  constexpr int kCalls = 2000;
  struct Call {
    asio::cancellation_signal signal;
    int ends = 0;
  };
  std::vector<Call> calls(kCalls);
  asio::thread_pool handlers(2);
  asio::thread_pool loaders(2);
  for (int i = 0; i < kCalls; ++i) {
    Call& call = calls[static_cast<std::size_t>(i)];
    const auto strand = asio::make_strand(handlers);
    asio::dispatch(strand, [this, &call, &loaders, strand, i] {
      async_get_or_compute(
          loading_, "key:" + std::to_string(i), loader_of("v"), loaders.get_executor(), {},
          asio::bind_cancellation_slot(
              call.signal.slot(), asio::bind_executor(strand, [&call](const LoadResult& result) {
                EXPECT_TRUE(result.status == LoadStatus::kLoaded ||
                            result.status == LoadStatus::kStopped);
                ++call.ends;
              })));
      asio::post(strand, [&call] { call.signal.emit(cancellation_type::terminal); });
    });
  }
  handlers.join();
  loaders.join();
  for (const Call& call : calls) ASSERT_EQ(call.ends, 1);
  EXPECT_EQ(loads_, kCalls);
  EXPECT_EQ(cache_.size(), kCalls);
}

}  // namespace
}  // namespace libcache
