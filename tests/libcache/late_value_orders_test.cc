// A flight, and everything that may happen to its key meanwhile, in every order.

#include <algorithm>
#include <array>
#include <chrono>
#include <string>

#include <gtest/gtest.h>
#include <libcache/loading_cache.h>

#include "loading_fixture.h"

namespace libcache {
namespace {

using std::chrono::milliseconds;

enum class Event : char {
  kBegin = 'b',  // a flight, which brings "late"
  kLand = 'l',   // it
  kSet = 's',
  kErase = 'e',
  kInvalidate = 'i',
  kEvict = 'v',
  kExpire = 'x',
};

/// One cache, and what is to be in it.
class Story {
 public:
  Story() { store("old"); }
  ~Story() { EXPECT_EQ(cache_.check_invariants(), ""); }

  void happens(Event event) {
    switch (event) {
      case Event::kBegin:
        return begin();
      case Event::kLand:
        queue_.run();
        if (may_store_) expected_ = "late";
        return;
      case Event::kSet:
        store("set");
        return change("set");
      case Event::kErase:
        cache_.erase("k");
        return change("(none)");
      case Event::kInvalidate:
        cache_.invalidate_tag("tag");
        return change("(none)");
      case Event::kEvict:
        evict();
        expected_ = "(none)";
        return;
      case Event::kExpire:
        clock_.advance_ms(2 * kLifetimeMs);
        expected_ = "(none)";
        return;
    }
  }
  [[nodiscard]] const std::string& expected() const { return expected_; }
  std::string actual() {
    const auto value = cache_.get("k", {.touch = false});
    return value ? std::string(value->bytes()) : "(none)";
  }

 private:
  static constexpr std::int64_t kLifetimeMs = 1000;

  void store(const char* value) {
    static_cast<void>(
        cache_.set("k", value, {.ttl = milliseconds(kLifetimeMs), .tags = {"tag"}}).status);
  }
  /// What is there is stale at once, so that a flight begins in any case.
  void begin() {
    loading_.get_or_compute_async(
        "k", [] { return Loaded("late"); }, queue_.executor(), [](const LoadResult&) {},
        {.ttl = milliseconds(1), .stale_for = milliseconds(kLifetimeMs), .tags = {"tag"}});
    may_store_ = true;
  }
  void change(const char* left) {
    expected_ = left;
    may_store_ = false;
  }
  /// Pushes the entry out, by as many others as that takes.
  void evict() {
    const std::string filler(16 << 10, 'x');
    int others = 0;
    while (cache_.lock("k").exists("k", {.touch = false, .count = false})) {
      cache_.set(std::to_string(others++), filler);
    }
    while (others != 0) cache_.erase(std::to_string(--others));
  }

  ManualClock clock_;
  Cache cache_{{.max_memory = 1 << 20,
                .shards = 1,
                .maintenance = Maintenance::kManual,
                .hash_seed = 1,
                .clock = &clock_}};
  LoadingCache loading_{cache_};
  TaskQueue queue_;
  std::string expected_ = "old";
  bool may_store_ = false;
};

/// All orders of the events in which a flight begins before it lands.
void expect_right_in_every_order(std::string events) {
  std::sort(events.begin(), events.end());
  int orders = 0;
  do {
    if (events.find('b') > events.find('l')) continue;
    ++orders;
    Story story;
    for (const char event : events) {
      story.happens(static_cast<Event>(event));
      ASSERT_EQ(story.actual(), story.expected()) << "after " << event << " of " << events;
    }
  } while (std::next_permutation(events.begin(), events.end()));
  EXPECT_GT(orders, 100);
}

TEST(LateValueOrders, OneFlightAndOneOfEach) { expect_right_in_every_order("blseivx"); }
TEST(LateValueOrders, SeveralInvalidations) { expect_right_in_every_order("bliiivs"); }

}  // namespace
}  // namespace libcache
