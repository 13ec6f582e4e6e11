#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "index.h"

namespace libcache {

inline constexpr std::uint64_t kSeed = 1;
// No chain of a test comes near it: with ten entries a chain on average, and up to twice as many
// in one that is yet to be split, so many are as good as impossible.
inline constexpr std::size_t kLongestChain = 64;

/// An index and the arena with its items, whose values are empty.
class IndexTest : public testing::Test {
 protected:
  ~IndexTest() override {
    EXPECT_EQ(index_.check_invariants(), "");
    while (index_.buckets() != 0) drop_last_chain();
    EXPECT_EQ(index_.size(), 0);
    for (const Ref ref : hoard_) arena_.free(ref);
    EXPECT_EQ(arena_.check_invariants(), "");
  }

  static KeyHash hash(const std::string& key) { return hash_key(key, kSeed); }
  static std::string name(std::size_t i) { return "key:" + std::to_string(i); }

  Ref create_item(const std::string& key, bool expires = false) {
    const ItemShape shape = ItemShape::of(key.size(), 0, expires);
    const Ref ref = arena_.allocate(shape.bytes);
    Item(arena_.at(ref)).create(shape, key, 0, Encoding::kWhole, nullptr);
    return ref;
  }
  Ref insert(const std::string& key, Mark mark = 0, bool expires = false) {
    const Ref ref = create_item(key, expires);
    EXPECT_TRUE(index_.prepare_insert());
    index_.insert(hash(key), ref, mark, expires);
    return ref;
  }
  /// The keys name(0), name(1), ...; all in one chain as long as nobody lets the index grow.
  void insert_many(std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) insert(name(i));
  }
  /// Further keys name(i) of one chain, from `from` on, until it has so many.
  void fill_chain(std::uint32_t chain, std::size_t entries, std::size_t from) {
    for (std::size_t i = from; keys_of(chain).size() < entries; ++i) {
      if (index_.chain_of(hash(name(i)).bucket()) == chain) insert(name(i));
    }
  }
  /// As for entries that are to come.
  void grow_to(std::uint32_t chains) {
    while (index_.buckets() < chains) index_.grow_step(chains * Index::kTargetLoad);
    ASSERT_EQ(index_.buckets(), chains);
  }
  void grow() {
    while (index_.grow_step() != 0) {
    }
  }
  [[nodiscard]] Slot find(const std::string& key) const { return index_.find(hash(key), key); }
  void erase(const std::string& key) {
    const Slot slot = find(key);
    ASSERT_TRUE(slot);
    const Ref ref = slot.ref();
    index_.erase(slot);
    arena_.free(ref);
  }
  std::size_t drop_last_chain() {
    std::size_t dropped = 0;
    index_.drop_last_chain([&](Ref ref) {
      arena_.free(ref);
      ++dropped;
    });
    return dropped;
  }

  std::vector<std::string> keys_of(std::uint32_t chain) {
    std::vector<std::string> keys;
    index_.for_each(chain, [&](const Slot& slot) {
      keys.emplace_back(Item(arena_.at(slot.ref())).key());
      return true;
    });
    return keys;
  }
  std::vector<const Bucket*> buckets_of(std::uint32_t chain) {
    std::vector<const Bucket*> buckets;
    index_.for_each_part(chain, [&](const BucketPart& part) {
      buckets.push_back(&part.bucket());
      return true;
    });
    return buckets;
  }
  [[nodiscard]] std::size_t present(std::size_t count) const {
    std::size_t found = 0;
    for (std::size_t i = 0; i < count; ++i) found += find(name(i)) ? 1U : 0U;
    return found;
  }

  /// From here on no bucket and no page can be had.
  void use_up_memory() {
    budget_.set_limit(std::max<std::size_t>(1, budget_.used()));  // 0 is no limit
    while (const Ref ref = arena_.allocate_bucket()) hoard_.push_back(ref);
  }
  void allow_memory() { budget_.set_limit(0); }

  /// As a policy that renumbers marks does: what was 7 reads as 70 from then on.
  void renumber(Mark from, Mark to) {
    for (unsigned mark = 0; mark < 256; ++mark) epoch_.translation[mark] = static_cast<Mark>(mark);
    epoch_.translation[from] = to;
    epoch_.current = !epoch_.current;
  }

  Budget budget_{0};
  Arena arena_{budget_};
  MarkEpoch epoch_;
  Index index_{arena_, epoch_, kSeed};
  std::vector<Ref> hoard_;
};

}  // namespace libcache
