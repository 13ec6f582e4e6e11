#include <atomic>
#include <chrono>
#include <cstddef>
#include <exception>
#include <future>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "asio_fixture.h"

namespace libcache {
namespace {

namespace asio = boost::asio;
using asio::use_awaitable;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Optional;

TEST_F(AsioTest, AMissIsLoadedOnTheNamedExecutor) {
  ask("k", "v");
  run(handlers_);
  EXPECT_EQ(loads_, 0);
  run(loaders_);
  EXPECT_EQ(loads_, 1);
  EXPECT_THAT(results_, ElementsAre());  // the handler has an executor of its own
  run(handlers_);
  EXPECT_THAT(results_, ElementsAre("v"));
  EXPECT_EQ(cached("k"), "v");
}

TEST_F(AsioTest, AHitDoesNotQueueUpBehindLoaders) {
  cache_.set("k", "v");
  ask("k", "unused");
  run(handlers_);
  EXPECT_THAT(results_, ElementsAre("v"));
}

TEST_F(AsioTest, AHandlerNeverRunsInsideTheCall) {
  cache_.set("k", "v");
  asio::post(handlers_, [this] {
    ask("k", "unused");
    EXPECT_THAT(results_, ElementsAre());
  });
  run(handlers_);
  EXPECT_THAT(results_, ElementsAre("v"));
}

TEST_F(AsioTest, AHandlerWithoutAnExecutorRunsWhereLoadersDo) {
  async_get_or_compute(loading_, "k", loader_of("v"), loaders_.get_executor(), {}, note());
  run(loaders_);
  EXPECT_THAT(results_, ElementsAre("v"));
}

TEST_F(AsioTest, TheHandlersContextIsBusyUntilItHasRun) {
  EXPECT_TRUE(is_idle(handlers_));
  ask("k", "v");
  EXPECT_FALSE(is_idle(handlers_));
  run(loaders_);
  EXPECT_TRUE(is_idle(handlers_));
  EXPECT_THAT(results_, ElementsAre("v"));
}

TEST_F(AsioTest, CallsJoinTheLoadThatIsUnderWay) {
  ask("k", "first");
  ask("k", "second");
  run(loaders_);
  run(handlers_);
  EXPECT_THAT(results_, ElementsAre("first", "first"));
  EXPECT_EQ(loads_, 1);
}

TEST_F(AsioTest, ALoadOfACallThatBlocksIsJoined) {
  SlowLoad slow(loading_, "k", "v");
  ask("k", "unused");
  EXPECT_TRUE(is_idle(loaders_));
  static_cast<void>(slow.finish());
  run(handlers_);
  EXPECT_THAT(results_, ElementsAre("v"));
}

TEST_F(AsioTest, AnExceptionOfTheLoaderIsAnError) {
  async_get_or_compute(
      loading_, "k", []() -> Loaded { throw std::runtime_error("down"); }, loaders_.get_executor(),
      {}, note());
  run(loaders_);
  EXPECT_EQ(last_.status, LoadStatus::kFailed);
  EXPECT_EQ(last_.error->message, "down");
  EXPECT_THROW(std::rethrow_exception(last_.error->exception), std::runtime_error);
}

TEST_F(AsioTest, TheOptionsAreThoseOfTheLoad) {
  async_get_or_compute(
      loading_, "k", [] { return Absent{}; }, loaders_.get_executor(),
      {.absent_ttl = std::chrono::seconds(1)}, note());
  run(loaders_);
  EXPECT_EQ(last_.status, LoadStatus::kAbsent);
  ask("k", "unused");
  run(handlers_);
  EXPECT_EQ(loads_, 0);
  clock_.advance_ms(1001);
  ask("k", "v");
  run(loaders_);
  EXPECT_EQ(loads_, 1);
  run(handlers_);
}

TEST_F(AsioTest, HandlerAndLoaderMayBeMoveOnly) {
  auto part = std::make_unique<std::string>("moved");
  auto expected = std::make_unique<std::string>("moved");
  bool came = false;
  async_get_or_compute(
      loading_, "k", [part = std::move(part)]() -> Loaded { return *part; },
      loaders_.get_executor(), {},
      [&came, expected = std::move(expected)](const LoadResult& result) {
        came = text(result) == *expected;
      });
  run(loaders_);
  EXPECT_TRUE(came);
}

TEST_F(AsioTest, ALoadThatIsDroppedFails) {
  auto gone = std::make_unique<asio::io_context>();
  async_get_or_compute(loading_, "k", loader_of("unused"), gone->get_executor(), {},
                       asio::bind_executor(handlers_, note()));
  gone.reset();
  run(handlers_);
  EXPECT_EQ(last_.status, LoadStatus::kFailed);
  EXPECT_THAT(last_.error->message, HasSubstr("dropped"));
}

TEST_F(AsioTest, AHandlerIsDestroyedWithItsContext) {
  auto gone = std::make_unique<asio::io_context>();
  const auto owned = std::make_shared<int>();
  asio::co_spawn(
      *gone,
      [](LoadingCache loading, asio::any_io_executor load_on,
         std::shared_ptr<int>) -> asio::awaitable<void> {
        static_cast<void>(co_await async_get_or_compute(
            loading, "k", [] { return "v"; }, load_on, {}, use_awaitable));
      }(loading_, loaders_.get_executor(), owned),
      asio::detached);
  run(*gone);
  run(loaders_);
  EXPECT_EQ(owned.use_count(), 2);
  gone.reset();  // though the result is there
  EXPECT_EQ(owned.use_count(), 1);
}

/// What handlers have allocated.
struct AllocationCounts {
  int held = 0;  ///< and not freed yet
  int ever = 0;
};

template <class T>
struct CountingAllocator {
  using value_type = T;

  explicit CountingAllocator(AllocationCounts* its_counts) : counts(its_counts) {}
  template <class Other>
  explicit CountingAllocator(const CountingAllocator<Other>& other) : counts(other.counts) {}

  T* allocate(std::size_t count) {
    ++counts->held;
    ++counts->ever;
    return std::allocator<T>().allocate(count);
  }
  void deallocate(T* memory, std::size_t count) {
    --counts->held;
    std::allocator<T>().deallocate(memory, count);
  }
  friend bool operator==(const CountingAllocator&, const CountingAllocator&) = default;

  AllocationCounts* counts;
};

TEST_F(AsioTest, TheHandlersAllocatorPostsItAndIsDoneWhenItRuns) {
  AllocationCounts counts;
  int held_when_run = -1;
  async_get_or_compute(loading_, "k", loader_of("v"), loaders_.get_executor(), {},
                       asio::bind_allocator(CountingAllocator<char>(&counts),
                                            asio::bind_executor(handlers_, [&](const LoadResult&) {
                                              held_when_run = counts.held;
                                            })));
  run(loaders_);
  EXPECT_EQ(counts.ever, 1);
  run(handlers_);
  EXPECT_EQ(held_when_run, 0);
}

// --- Other completion tokens ---------------------------------------------------------------------

TEST_F(AsioTest, AFuture) {
  std::future<LoadResult> result = async_get_or_compute(
      loading_, "k", loader_of("v"), loaders_.get_executor(), {}, asio::use_future);
  run(loaders_);
  EXPECT_EQ(text(result.get()), "v");
}

TEST_F(AsioTest, ADeferredCallOwnsItsKey) {
  auto deferred = [this] {
    const std::string key = "a key that is longer than a short string: k";
    return async_get_or_compute(loading_, key, loader_of("v"), loaders_.get_executor(), {},
                                asio::deferred);
  }();
  EXPECT_TRUE(is_idle(loaders_));
  std::move(deferred)(note());
  run(loaders_);
  EXPECT_THAT(results_, ElementsAre("v"));
  EXPECT_EQ(cached("a key that is longer than a short string: k"), "v");
}

TEST_F(AsioTest, ACoroutine) {
  std::string came;
  const auto coroutine = [&]() -> asio::awaitable<void> {
    const LoadResult result = co_await async_get_or_compute(
        loading_, std::string("k"), loader_of("v"), loaders_.get_executor(), {}, use_awaitable);
    came = text(result);
  };
  asio::co_spawn(handlers_, coroutine(), asio::detached);
  run(handlers_);
  run(loaders_);
  EXPECT_EQ(came, "");
  run(handlers_);
  EXPECT_EQ(came, "v");
}

// --- Several threads -----------------------------------------------------------------------------

TEST_F(AsioTest, AThousandCoroutinesOnSeveralThreadsAreOneLoad) {
  constexpr int kCoroutines = 1000;
  asio::thread_pool pool(4);
  std::atomic<int> came = 0;
  const auto coroutine = [&]() -> asio::awaitable<void> {
    const LoadResult result = co_await async_get_or_compute(
        loading_, "k", loader_of("v"), loaders_.get_executor(), {}, use_awaitable);
    if (text(result) == "v") ++came;
  };
  for (int i = 0; i < kCoroutines; ++i) asio::co_spawn(pool, coroutine(), asio::detached);
  auto work = asio::make_work_guard(loaders_);
  std::jthread loader([this] { loaders_.run(); });
  pool.join();
  work.reset();
  EXPECT_EQ(came, kCoroutines);
  EXPECT_EQ(loads_, 1);
}

TEST_F(AsioTest, HandlersOnAStrandRunOneAtATime) {
  constexpr int kCalls = 1000;
  asio::thread_pool pool(4);
  const auto strand = asio::make_strand(pool);
  int came = 0;  // without an atomic, or a lock
  int on_strand = 0;
  for (int i = 0; i < kCalls; ++i) {
    async_get_or_compute(loading_, "key:" + std::to_string(i % 10), loader_of("v"),
                         pool.get_executor(), {},
                         asio::bind_executor(strand, [&](const LoadResult& result) {
                           came += text(result) == "v" ? 1 : 0;
                           on_strand += strand.running_in_this_thread() ? 1 : 0;
                         }));
  }
  pool.join();
  EXPECT_EQ(came, kCalls);
  EXPECT_EQ(on_strand, kCalls);
  EXPECT_EQ(loads_, 10);
}

// --- What comes with it --------------------------------------------------------------------------

TEST_F(AsioTest, AnExecutorRefreshesBehind) {
  LoadingCache refreshing(cache_, {.refresh_on = post_to(loaders_.get_executor())});
  const LoadOptions options{.ttl = std::chrono::seconds(1), .stale_for = std::chrono::hours(1)};
  static_cast<void>(refreshing.get_or_compute("k", loader_of("old"), options));
  clock_.advance_ms(1001);
  EXPECT_EQ(text(refreshing.get_or_compute("k", loader_of("new"), options)), "old");
  EXPECT_EQ(loads_, 1);
  run(loaders_);
  EXPECT_EQ(text(refreshing.get_or_compute("k", loader_of("unused"), options)), "new");
}

struct GameKey {
  std::string team;
};
void append_key(KeyBuilder& out, const GameKey& key) { out.add("goals:", key.team); }

using Goals = TypedLoadingCache<GameKey, int, TrivialCodec<int, Format("goals", 1)>>;

TEST_F(AsioTest, ATypedCache) {
  const Goals goals(cache_);
  std::vector<Goals::Result> came;
  const auto ask_for = [&](const GameKey& key, asio::cancellation_slot slot = {}) {
    async_get_or_compute(
        goals, key,
        [](const GameKey& its_key) -> Goals::Outcome {
          if (its_key.team == "Rovers") return 3;
          return LoadError{"no such team"};
        },
        loaders_.get_executor(), {},
        asio::bind_cancellation_slot(slot,
                                     asio::bind_executor(handlers_, [&](Goals::Result result) {
                                       came.push_back(std::move(result));
                                     })));
  };
  ask_for({"Rovers"});
  ask_for({"Runners"});
  run(loaders_);
  ask_for({"Rovers"});
  asio::cancellation_signal signal;
  ask_for({"Walkers"}, signal.slot());
  signal.emit(asio::cancellation_type::total);
  run(handlers_);
  ASSERT_EQ(came.size(), 4);
  EXPECT_EQ(came[0].status, LoadStatus::kLoaded);
  EXPECT_THAT(came[0].value, Optional(3));
  EXPECT_EQ(came[1].error->message, "no such team");
  EXPECT_EQ(came[2].status, LoadStatus::kHit);
  EXPECT_THAT(came[2].value, Optional(3));
  EXPECT_EQ(came[3].status, LoadStatus::kStopped);
  run(loaders_);
}

}  // namespace
}  // namespace libcache
