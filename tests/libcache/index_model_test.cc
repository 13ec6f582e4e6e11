// Random steps on an index and on a map: both hold the same.

#include <cstddef>
#include <cstdint>
#include <random>
#include <string>
#include <unordered_map>

#include <gtest/gtest.h>

#include "index_fixture.h"

namespace libcache {
namespace {

class IndexModelTest : public IndexTest, public testing::WithParamInterface<std::uint64_t> {
 protected:
  struct Entry {
    Ref ref;
    Mark mark;
    bool expires;
  };

  std::size_t draw(std::size_t below) { return random_() % below; }

  void add(const std::string& key) {
    if (model_.contains(key)) return;
    const bool expires = draw(2) == 0;
    const auto mark = static_cast<Mark>(draw(256));
    const ItemShape shape = ItemShape::of(key.size(), 0, expires);
    const Ref ref = arena_.allocate(shape.bytes);
    if (ref == kNullRef) return;
    if (!index_.prepare_insert()) {
      ++refused_;
      return arena_.free(ref);
    }
    Item(arena_.at(ref)).create(shape, key, 0, Encoding::kWhole, nullptr);
    index_.insert(hash(key), ref, mark, expires);
    model_[key] = {ref, mark, expires};
  }
  void take(const std::string& key) {
    if (model_.erase(key) != 0) erase(key);
  }
  void mark(const std::string& key) {
    const Slot slot = find(key);
    if (!slot) return;
    index_.refresh_marks(slot.chain());
    slot.set_mark(static_cast<Mark>(draw(256)));
    model_[key].mark = slot.mark();
  }
  /// One epoch to the next, after everything has been translated to the one before.
  void flip() {
    for (std::uint32_t chain = 0; chain < index_.buckets(); ++chain) index_.refresh_marks(chain);
    for (Mark& mark : epoch_.translation) mark = static_cast<Mark>(draw(256));
    epoch_.current = !epoch_.current;
    for (auto& [key, entry] : model_) entry.mark = epoch_.translation[entry.mark];
  }
  /// The memory is used up for a while, or it is not any more.
  void change_limit() {
    if (budget_.limit() == 0) return use_up_memory();
    for (const Ref ref : hoard_) arena_.free(ref);
    hoard_.clear();
    allow_memory();
  }

  void step() {
    const std::string key = name(draw(kKeys));
    const std::size_t what = draw(100);
    if (what < 40 + tide_) {
      add(key);
    } else if (what < 90) {
      take(key);
    } else if (what < 97) {
      mark(key);
    } else if (what < 98) {
      flip();
    } else if (what < 99) {
      change_limit();
      index_.grow_step(draw(2 * kKeys));
    } else {
      tide_ = draw(50);
    }
    EXPECT_LT(index_.grow_step() + index_.shrink_step(), kLongestChain);
  }

  void compare() {
    ASSERT_EQ(index_.check_invariants(), "");
    ASSERT_EQ(index_.size(), model_.size());
    const std::string key = name(draw(kKeys));
    const auto expected = model_.find(key);
    const Slot slot = find(key);
    ASSERT_EQ(static_cast<bool>(slot), expected != model_.end());
    if (!slot) return;
    index_.refresh_marks(slot.chain());
    ASSERT_EQ(slot.ref(), expected->second.ref);
    ASSERT_EQ(slot.mark(), expected->second.mark);
    ASSERT_EQ(slot.expires(), expected->second.expires);
  }

  static constexpr std::size_t kKeys = 400;

  std::mt19937_64 random_{GetParam()};
  std::size_t tide_ = 40;  // how many of 100 steps add more than 40 do
  std::unordered_map<std::string, Entry> model_;
  int refused_ = 0;  // for want of an overflow bucket
};

TEST_P(IndexModelTest, HoldsWhatTheModelHolds) {
  for (int i = 0; i < 10'000; ++i) {
    step();
    ASSERT_NO_FATAL_FAILURE(compare()) << "step " << i;
  }
  EXPECT_GT(refused_, 0);
}

INSTANTIATE_TEST_SUITE_P(Seeds, IndexModelTest, testing::Range<std::uint64_t>(0, 4));

}  // namespace
}  // namespace libcache
