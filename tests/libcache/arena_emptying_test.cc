#include <cstring>
#include <map>
#include <optional>
#include <random>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "arena.h"

namespace libcache {
namespace {

constexpr std::size_t kSlots = 64;     // objects of 128 bytes in a span
constexpr std::size_t kSlots64 = 128;  // of 64

/// Objects whose every byte is known: what the arena must keep.
class ArenaModel {
 public:
  explicit ArenaModel(Arena& arena) : arena_(arena) {}

  bool insert(std::size_t bytes) {
    const Ref object = arena_.allocate(bytes);
    if (object == kNullRef) return false;
    write(object, {.bytes = bytes, .pattern = next_pattern_++});
    return true;
  }

  template <typename Random>
  void erase_random(Random& random) {
    if (objects_.empty()) return;
    const auto victim = std::next(objects_.begin(), static_cast<long>(random() % objects_.size()));
    expect_intact(victim->first);
    arena_.free(victim->first);
    objects_.erase(victim);
  }

  /// Erases all but every `keep_every`th, by address.
  void thin_out(std::size_t keep_every) {
    std::size_t i = 0;
    std::erase_if(objects_, [&](const auto& object) {
      if (i++ % keep_every == 0) return false;
      arena_.free(object.first);
      return true;
    });
  }

  /// Moves what a retired span holds elsewhere. False if the arena refuses memory for it.
  bool empty(SpanId span) {
    while (const Ref from = arena_.first_object(span)) {
      const Ref to = arena_.allocate(arena_.capacity(from));
      if (to == kNullRef) return false;
      std::memcpy(arena_.at(to), arena_.at(from), arena_.capacity(from));
      arena_.free(from);
      objects_[to] = objects_.at(from);
      objects_.erase(from);
      expect_intact(to);
    }
    return true;
  }

  void expect_all_intact() const {
    for (const auto& [ref, object] : objects_) expect_intact(ref);
  }

  [[nodiscard]] std::size_t size() const { return objects_.size(); }

 private:
  struct Object {
    std::size_t bytes;
    std::uint32_t pattern;
  };

  static std::byte byte_of(const Object& object, std::size_t i) {
    return static_cast<std::byte>(object.pattern * 2654435761U >> 24 ^ i);
  }
  void write(Ref ref, Object object) {
    ASSERT_TRUE(objects_.emplace(ref, object).second) << "handed out twice";
    for (std::size_t i = 0; i < object.bytes; ++i) arena_.at(ref)[i] = byte_of(object, i);
  }
  void expect_intact(Ref ref) const {
    const Object& object = objects_.at(ref);
    for (std::size_t i = 0; i < object.bytes; ++i) {
      ASSERT_EQ(arena_.at(ref)[i], byte_of(object, i)) << "ref " << ref << ", byte " << i;
    }
  }

  Arena& arena_;
  std::map<Ref, Object> objects_;
  std::uint32_t next_pattern_ = 1;
};

class ArenaEmptyingTest : public testing::Test {
 protected:
  void TearDown() override {
    model_.expect_all_intact();
    EXPECT_EQ(arena_.check_invariants(), "");
    EXPECT_EQ(budget_.used(),
              arena_.object_bytes() + arena_.page_bytes() + arena_.overhead_bytes());
  }

  void insert(std::size_t count, std::size_t bytes) {
    for (std::size_t i = 0; i < count; ++i) ASSERT_TRUE(model_.insert(bytes));
  }

  /// Empties one sparse span; false if none is offered.
  bool empty_one() {
    const std::optional<SpanId> span = arena_.sparse_span();
    if (!span) return false;
    arena_.retire_span(*span);
    EXPECT_TRUE(model_.empty(*span)) << "what is offered fits into the rest of its class";
    return true;
  }

  Budget budget_{0};
  Arena arena_{budget_};
  ArenaModel model_{arena_};
};

TEST_F(ArenaEmptyingTest, FullSpansAreNotOffered) {
  insert(10 * kSlots, 128);
  EXPECT_EQ(arena_.sparse_span(), std::nullopt);
}

TEST_F(ArenaEmptyingTest, AClassThatHasLittleToSpareIsNotOffered) {
  insert(2 * kSlots, 128);
  model_.thin_out(2);
  EXPECT_EQ(arena_.sparse_span(), std::nullopt)
      << "64 slots are free, less than a span and a quarter";
}

TEST_F(ArenaEmptyingTest, TheSparsestSpanIsOffered) {
  std::vector<Ref> objects(10 * kSlots);
  for (Ref& object : objects) object = arena_.allocate(128);
  for (std::size_t i = 0; i < objects.size(); i += 4) arena_.free(objects[i]);
  for (std::size_t i = 3 * kSlots; i < 3 * kSlots + 56; ++i) {
    if (i % 4 != 0) arena_.free(objects[i]);
  }
  const std::optional<SpanId> span = arena_.sparse_span();
  ASSERT_TRUE(span);
  arena_.retire_span(*span);
  EXPECT_EQ(arena_.first_object(*span), objects[3 * kSlots + 57]);
}

TEST_F(ArenaEmptyingTest, TheClassWithTheMostBytesToSpareIsOffered) {
  for (const std::size_t bytes : {100U, 3000U, 48U}) insert(400, bytes);
  model_.thin_out(10);
  const std::optional<SpanId> span = arena_.sparse_span();
  ASSERT_TRUE(span);
  arena_.retire_span(*span);
  EXPECT_EQ(arena_.capacity(arena_.first_object(*span)), Arena::slot_size(3000));
}

TEST_F(ArenaEmptyingTest, EmptyingGivesMemoryBackUntilTheClassIsDense) {
  insert(100 * kSlots64, 64);
  model_.thin_out(8);
  while (empty_one()) {
  }
  arena_.trim();
  const std::size_t least = model_.size() * 64;
  EXPECT_LE(arena_.object_bytes(), least + least / 8 + 2 * kSmallSpanBytes);
}

TEST_F(ArenaEmptyingTest, ARetiredSpanGetsNoNewObjects) {
  insert(10 * kSlots, 128);
  model_.thin_out(4);
  const std::optional<SpanId> span = arena_.sparse_span();
  ASSERT_TRUE(span);
  arena_.retire_span(*span);
  const Ref first = arena_.first_object(*span);
  insert(10 * kSlots, 128);
  EXPECT_EQ(arena_.first_object(*span), first);
  EXPECT_EQ(arena_.check_invariants(), "");
}

TEST_F(ArenaEmptyingTest, ARetiredSpanIsNotOfferedAgain) {
  insert(10 * kSlots, 128);
  model_.thin_out(4);
  const std::optional<SpanId> span = arena_.sparse_span();
  ASSERT_TRUE(span);
  arena_.retire_span(*span);
  EXPECT_NE(arena_.sparse_span(), span);
}

TEST_F(ArenaEmptyingTest, AResumedSpanIsUsedAgain) {
  insert(10 * kSlots, 128);
  model_.thin_out(4);
  const std::size_t before = budget_.used();
  const std::optional<SpanId> span = arena_.sparse_span();
  ASSERT_TRUE(span);
  arena_.retire_span(*span);
  arena_.resume_span(*span);
  EXPECT_EQ(arena_.first_object(*span), kNullRef) << "not retired";
  insert(10 * kSlots * 3 / 4, 128);
  EXPECT_EQ(budget_.used(), before);
}

TEST_F(ArenaEmptyingTest, TheLastFreeOfARetiredSpanReleasesIt) {
  insert(10 * kSlots, 128);
  model_.thin_out(8);
  ASSERT_TRUE(empty_one());
  EXPECT_EQ(arena_.trim(), kSmallSpanBytes);
}

TEST_F(ArenaEmptyingTest, BucketsAreNeverOffered) {
  std::vector<Ref> buckets(20 * kSlots64);
  for (Ref& bucket : buckets) bucket = arena_.allocate_bucket();
  for (std::size_t i = 0; i < buckets.size(); ++i) {
    if (i % 16 != 0) arena_.free(buckets[i]);
  }
  EXPECT_EQ(arena_.sparse_span(), std::nullopt);
}

TEST_F(ArenaEmptyingTest, MemoryIsNotStuckInTheClassOfThePast) {
  budget_.set_limit(std::size_t{8} << 20);
  while (model_.insert(84)) {
  }
  model_.thin_out(10);  // every span still has objects
  const std::size_t small_objects = model_.size() * 84;
  std::size_t large_objects = 0;
  do {
    while (model_.insert(2000)) large_objects += 2000;
  } while (empty_one());
  EXPECT_GT(small_objects + large_objects, budget_.limit() * 85 / 100);
  EXPECT_LE(budget_.peak(), budget_.limit());
}

// Phases of shifting sizes at the limit, with index pages and buckets, retired spans that stay for
// a while, and frees of their objects from elsewhere.
TEST_F(ArenaEmptyingTest, KeepsEveryByteUnderRandomUse) {
  std::mt19937_64 random(3);
  budget_.set_limit(std::size_t{3} << 20);
  std::vector<Ref> pages;
  std::vector<Ref> buckets;
  for (int step = 0; step < 60'000; ++step) {
    const std::size_t phase = step / 10'000 % 2 == 0 ? 300 : 6'000;
    switch (random() % 16) {
      case 0:
        if (const Ref page = arena_.allocate_page()) pages.push_back(page);
        break;
      case 1:
        if (const Ref bucket = arena_.allocate_bucket()) buckets.push_back(bucket);
        break;
      case 2:
        if (!pages.empty()) arena_.free_page(std::exchange(pages.back(), pages.front()));
        if (!pages.empty()) pages.erase(pages.begin());
        break;
      case 3:
        if (!buckets.empty()) arena_.free(buckets.back()), buckets.pop_back();
        break;
      case 4:
        if (random() % 100 == 0) arena_.trim();
        break;
      default:
        while (!model_.insert(1 + random() % phase)) {
          if (random() % 2 == 0 || !empty_one()) model_.erase_random(random);
        }
    }
    ASSERT_LE(budget_.used(), budget_.limit());
    if (step % 500 == 0) {
      ASSERT_EQ(arena_.check_invariants(), "") << step;
    }
  }
}

}  // namespace
}  // namespace libcache
