// Random operations on a cache and on a plain map with the same clock must agree after each step.
//
// Without memory pressure they agree exactly. Under pressure an entry may disappear between two
// steps, never come back, and never be anything else than what was stored.

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdint>
#include <iterator>
#include <limits>
#include <map>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>
#include <libcache/cache.h>
#include <libcache/number.h>

namespace libcache {
namespace {

struct Setup {
  const char* name;
  std::size_t max_memory;
  int shards;
  Policy policy;
  int steps;
  int checked_every;      ///< steps between two visits of everything
  bool observed = false;  ///< with a removal listener and all statistics
};

struct Entry {
  std::string value;
  std::int64_t deadline_ms = kNoDeadline;
  Encoding encoding = Encoding::kWhole;
  std::set<std::string_view> tags = {};
};

using Name = std::pair<int, std::string>;  // database, key

class ModelTest : public testing::TestWithParam<Setup> {
 protected:
  static constexpr int kUsedDatabases = 3;
  static constexpr std::array<std::string_view, 6> kTags = {"a", "b", "c", "d", "e", "f"};

  ModelTest() {
    for (int i = 0; i < key_count(); ++i) keys_.push_back("key:" + std::to_string(i));
    // The empty key, and the borders of the header's key size and of a key that an item can hold.
    for (const int size : {0, 1, 254, 255, 256, 257, 16306, 16307, 16308, 20000}) {
      keys_.push_back(bytes(static_cast<std::size_t>(size)));
    }
    cache_.invalidate_tag("unused");  // what tags need is charged from now on
  }

  [[nodiscard]] static bool pressed() { return GetParam().max_memory != 0; }
  /// Deadlines are given and taken beyond the limit if nobody may be evicted.
  [[nodiscard]] static std::size_t most_memory() {
    const Policy policy = GetParam().policy;
    const bool evicts_all = policy == Policy::kAllKeysLru || policy == Policy::kAllKeysLfu ||
                            policy == Policy::kAllKeysRandom || policy == Policy::kAllKeysS3Fifo;
    return GetParam().max_memory + (evicts_all ? 0 : std::size_t{128} << 10);
  }
  [[nodiscard]] static int key_count() { return pressed() ? 2000 : 100; }

  Options options() {
    Options options{.max_memory = GetParam().max_memory,
                    .policy = GetParam().policy,
                    .shards = GetParam().shards,
                    .maintenance = Maintenance::kManual,
                    .hash_seed = 7,
                    .clock = &clock_};
    if (GetParam().observed) {
      options.on_removal = [](const Removal&) {};
      options.statistics = {
          .miss_reasons = true, .prefixes = {"key:", "key:1", ""}, .miss_ratio_curve = true};
    }
    return options;
  }

  // --- Chance

  std::size_t below(std::size_t bound) { return random_() % bound; }
  bool one_in(std::size_t n) { return below(n) == 0; }

  std::string bytes(std::size_t size) {
    std::string made(size, '\0');
    for (std::size_t i = 0; i < size; i += 1 + i / 8) made[i] = static_cast<char>(random_());
    if (size != 0) made.back() = static_cast<char>(random_());
    return made;
  }

  std::size_t some_size() {
    switch (below(pressed() ? 12 : 8)) {
      case 0:
        return 2040 + below(12);  // the header's value size ends at 2047
      case 1:
        return 16384 - 300 + below(310);  // where an extent begins, by key, deadline and tags
      case 2:
        return below(100 << 10);
      case 3:
        return below(3000);
      default:
        return below(80);
    }
  }
  std::string some_value() {
    if (one_in(4)) return std::to_string(static_cast<int>(below(2000)) - 1000);
    return bytes(some_size());
  }
  Name some_name() {
    const int database = one_in(3) ? static_cast<int>(below(kUsedDatabases)) : 0;
    return {database, keys_[below(keys_.size())]};
  }
  std::int64_t some_deadline() {
    static constexpr std::array<std::int64_t, 6> kReaches = {3,      50,         400,
                                                             70'000, 20'000'000, 1'000'000'000'000};
    const std::int64_t reach = kReaches[below(kReaches.size())];
    return clock_.now_ms() - reach / 20 + static_cast<std::int64_t>(random_() >> 1) % reach;
  }

  // --- The model

  static Key key(const Name& name) { return {name.second, name.first}; }

  [[nodiscard]] bool live(const Entry& entry) const {
    return entry.deadline_ms == kNoDeadline || entry.deadline_ms > clock_.now_ms();
  }
  /// The model's entry, after it was told if the cache let the real one go.
  Entry* find(const Name& name) {
    const auto at = model_.find(name);
    if (at == model_.end()) return nullptr;
    const bool gone = pressed() && !cache_.lock(key(name)).exists(key(name), {false, false});
    if (live(at->second) && !gone) return &at->second;
    model_.erase(at);
    return nullptr;
  }
  /// Whether an operation that reports `status` has changed anything; the model expects `expected`.
  bool done(Status status, Status expected = Status::kOk) {
    if (pressed() && expected == Status::kOk && status == Status::kOutOfMemory) return false;
    EXPECT_EQ(status, expected);
    return status == Status::kOk;
  }
  void store(const Name& name, std::string value, Encoding encoding) {
    Entry& entry = model_[name];
    entry.value = std::move(value);
    entry.encoding = encoding;
  }
  void expect_same(const Name& name) {
    const Entry* entry = find(name);
    const auto value = cache_.get(key(name));
    ASSERT_EQ(value.has_value(), entry != nullptr);
    if (entry == nullptr) return;
    ASSERT_TRUE(value->bytes() == entry->value)
        << "sizes " << value->bytes().size() << " and " << entry->value.size();
    const auto info = cache_.info(key(name));
    ASSERT_TRUE(info);
    EXPECT_EQ(info->deadline_ms, entry->deadline_ms);
    EXPECT_EQ(info->value_size, entry->value.size());
    EXPECT_EQ(info->encoding, entry->encoding);
    EXPECT_EQ(info->integer,
              entry->encoding == Encoding::kWhole && parse_integer(entry->value).has_value());
  }

  // --- The operations

  void get() { expect_same(some_name()); }

  void get_into() {
    const Name name = some_name();
    std::string out = "as it was";
    const Entry* entry = find(name);
    EXPECT_EQ(cache_.get_into(key(name), out), entry != nullptr);
    EXPECT_TRUE(out == (entry != nullptr ? entry->value : "as it was"));
  }

  void get_range() {
    const Name name = some_name();
    const std::size_t offset = below(5000);
    const std::size_t length = below(5000);
    const Entry* entry = find(name);
    const auto range = cache_.get_range(key(name), offset, length);
    ASSERT_EQ(range.has_value(), entry != nullptr);
    if (entry == nullptr) return;
    EXPECT_TRUE(*range ==
                (offset < entry->value.size() ? entry->value.substr(offset, length) : ""));
  }

  void get_many() {
    std::vector<Name> names(below(100));
    for (Name& name : names) name = some_name();
    std::vector<Key> keys;
    for (const Name& name : names) keys.push_back(key(name));
    std::vector<int> visits(names.size());
    cache_.get_many(keys, [&](std::size_t i, std::optional<std::string_view> value) {
      ++visits.at(i);
      const auto at = model_.find(names[i]);
      const bool there = at != model_.end() && live(at->second);
      if (!value) {
        EXPECT_TRUE(pressed() || !there);
      } else {
        EXPECT_TRUE(there && at->second.value == *value);
      }
    });
    EXPECT_TRUE(std::all_of(visits.begin(), visits.end(), [](int n) { return n == 1; }));
  }

  std::set<std::string_view> some_tags() {
    std::set<std::string_view> tags;
    if (!one_in(3)) return tags;
    for (std::size_t i = below(4); i != 0; --i) tags.insert(kTags[below(kTags.size())]);
    return tags;
  }

  SetOptions some_options() {
    SetOptions options;
    using When = SetOptions::When;
    if (one_in(5)) options.when = one_in(2) ? When::kIfAbsent : When::kIfPresent;
    options.return_old = one_in(4);
    switch (below(6)) {
      case 0:
        options.ttl = std::chrono::milliseconds(some_deadline() - clock_.now_ms());
        break;
      case 1:
        options.deadline_ms = one_in(5) ? kNoDeadline : some_deadline();
        break;
      case 2:
        options.keep_ttl = true;
        break;
      default:
        break;
    }
    return options;
  }

  void set() {
    const Name name = some_name();
    const std::string value = some_value();
    SetOptions options = some_options();
    const std::set<std::string_view> tags = some_tags();
    options.tags = Tags(std::vector<std::string_view>(tags.begin(), tags.end()));
    const Entry* old = find(name);
    const std::optional<Entry> before = old != nullptr ? std::optional(*old) : std::nullopt;
    const SetResult result = cache_.set(key(name), value, options);
    EXPECT_EQ(result.existed, before.has_value());
    ASSERT_EQ(result.old_value.has_value(), options.return_old && before);
    if (result.old_value) {
      EXPECT_TRUE(result.old_value->bytes() == before->value);
    }
    const bool refused = (options.when == SetOptions::When::kIfAbsent && before.has_value()) ||
                         (options.when == SetOptions::When::kIfPresent && !before.has_value());
    if (!done(result.status, refused ? Status::kNotStored : Status::kOk)) return;
    store(name, value, options.encoding);
    Entry& entry = model_[name];
    entry.tags = tags;
    if (!options.keep_ttl) entry.deadline_ms = options.deadline_ms.value_or(kNoDeadline);
    if (options.ttl) entry.deadline_ms = clock_.now_ms() + options.ttl->count();
    if (!live(entry)) model_.erase(name);
  }

  void compare_and_set() {
    const Name name = some_name();
    const std::string desired = some_value();
    const Entry* entry = find(name);
    const std::string expected = entry != nullptr && !one_in(3) ? entry->value : "something else";
    const Status status = cache_.compare_and_set(key(name), expected, desired);
    if (entry == nullptr) {
      EXPECT_EQ(status, Status::kNotFound);
    } else if (done(status, expected == entry->value ? Status::kOk : Status::kNotStored)) {
      store(name, desired, Encoding::kWhole);
    }
  }

  void erase() {
    const Name name = some_name();
    const bool there = find(name) != nullptr;
    EXPECT_EQ(cache_.erase(key(name)), there);
    model_.erase(name);
  }

  void erase_many() {
    std::set<Name> names;
    for (std::size_t i = below(5); i != 0; --i) names.insert(some_name());
    std::vector<Key> keys;
    std::size_t there = 0;
    for (const Name& name : names) {
      keys.push_back(key(name));
      there += find(name) != nullptr ? 1U : 0U;
    }
    EXPECT_EQ(cache_.erase_many(keys), there);
    for (const Name& name : names) model_.erase(name);
  }

  void increment() {
    const Name name = some_name();
    const std::int64_t delta =
        one_in(10) ? std::numeric_limits<std::int64_t>::max() : static_cast<int>(below(100)) - 50;
    const Entry* entry = find(name);
    const auto before = entry != nullptr ? parse_integer(entry->value) : 0;
    std::int64_t result = 0;
    const Status status = cache_.increment(key(name), delta, result);
    std::int64_t sum = 0;
    if (!before) {
      EXPECT_EQ(status, Status::kNotInteger);
    } else if (__builtin_add_overflow(*before, delta, &sum)) {
      EXPECT_EQ(status, Status::kOverflow);
    } else if (done(status)) {
      EXPECT_EQ(result, sum);
      store(name, std::to_string(sum), Encoding::kWhole);
    }
  }

  void increment_float() {
    const Name name = some_name();
    const long double delta = static_cast<long double>(below(1000)) / 8;
    const Entry* entry = find(name);
    const auto before = entry != nullptr ? parse_float(entry->value) : 0.0L;
    std::string result;
    const Status status = cache_.increment_float(key(name), delta, result);
    if (!before) {
      EXPECT_EQ(status, Status::kNotFloat);
    } else if (done(status)) {
      EXPECT_EQ(result, format_float(*before + delta));
      store(name, result, Encoding::kNumber);
    }
  }

  void append() {
    const Name name = some_name();
    const std::string suffix = bytes(one_in(4) ? some_size() : below(60));
    const Entry* entry = find(name);
    const std::string old = entry != nullptr ? entry->value : "";
    if (old.size() > 200'000) return;
    const Encoding encoding = entry != nullptr ? Encoding::kEdited : Encoding::kWhole;
    std::size_t size = 0;
    if (!done(cache_.append(key(name), suffix, size))) return;
    store(name, old + suffix, encoding);
    EXPECT_EQ(size, old.size() + suffix.size());
  }

  void set_range() {
    const Name name = some_name();
    const std::size_t offset = one_in(3) ? some_size() : below(200);
    const std::string part = bytes(below(200));
    const Entry* entry = find(name);
    std::string value = entry != nullptr ? entry->value : "";
    std::size_t size = 0;
    if (!done(cache_.set_range(key(name), offset, part, size))) return;
    value.resize(std::max(value.size(), offset + part.size()), '\0');
    value.replace(offset, part.size(), part);
    EXPECT_EQ(size, value.size());
    store(name, value, Encoding::kEdited);
  }

  void expire_at() {
    const Name name = some_name();
    const std::int64_t deadline = some_deadline();
    Entry* entry = find(name);
    EXPECT_EQ(cache_.expire_at(key(name), deadline),
              entry != nullptr ? Status::kOk : Status::kNotFound);
    if (entry == nullptr) return;
    entry->deadline_ms = deadline;
    if (!live(*entry)) model_.erase(name);
  }

  void persist() {
    const Name name = some_name();
    Entry* entry = find(name);
    const bool had = entry != nullptr && entry->deadline_ms != kNoDeadline;
    EXPECT_EQ(cache_.persist(key(name)), had ? Status::kOk : Status::kNotFound);
    if (had) entry->deadline_ms = kNoDeadline;
  }

  void touch() {
    const Name name = some_name();
    EXPECT_EQ(cache_.touch(key(name)), find(name) != nullptr);
  }

  void clear() {
    if (!one_in(20)) return;
    if (one_in(3)) {
      cache_.clear();
      model_.clear();
      EXPECT_EQ(cache_.size(), 0);
      return;
    }
    const int database = static_cast<int>(below(kUsedDatabases));
    cache_.clear(database);
    std::erase_if(model_, [&](const auto& at) { return at.first.first == database; });
    EXPECT_EQ(cache_.size(database), 0);
  }

  void invalidate_tag() {
    if (!one_in(5)) return;
    const std::string_view tag = kTags[below(kTags.size())];
    cache_.invalidate_tag(tag);
    std::erase_if(model_, [&](const auto& at) { return at.second.tags.contains(tag); });
  }

  void invalidate_prefix() {
    const Name prefix{static_cast<int>(below(kUsedDatabases)), "key:" + std::to_string(below(100))};
    const auto begins_so = [&](const auto& at) {
      return at.first.first == prefix.first && at.first.second.starts_with(prefix.second);
    };
    const auto there = std::count_if(model_.begin(), model_.end(), [&](const auto& at) {
      return begins_so(at) && live(at.second);
    });
    const auto removed = static_cast<std::ptrdiff_t>(cache_.invalidate_prefix(key(prefix)));
    EXPECT_TRUE(pressed() ? removed <= there : removed == there) << removed << " " << there;
    std::erase_if(model_, begins_so);
  }

  void swap_databases() {
    const int a = static_cast<int>(below(kUsedDatabases));
    const int b = static_cast<int>(below(kUsedDatabases));
    cache_.swap_databases(a, b);
    std::map<Name, Entry> swapped;
    for (auto& [name, entry] : model_) {
      const int database = name.first == a ? b : name.first == b ? a : name.first;
      swapped[{database, name.second}] = std::move(entry);
    }
    model_ = std::move(swapped);
  }

  void scan() {
    const int database = static_cast<int>(below(kUsedDatabases));
    std::set<std::string> seen;
    std::uint64_t cursor = 0;
    do {
      cursor = cache_.scan(database, cursor, 1 + below(50), [&](std::string_view key) {
        const auto at = model_.find({database, std::string(key)});
        EXPECT_TRUE(at != model_.end() && live(at->second)) << "a key that is not there";
        seen.emplace(key);
      });
    } while (cursor != 0);
    if (pressed()) return;
    const auto there = std::count_if(model_.begin(), model_.end(), [&](const auto& at) {
      return at.first.first == database && live(at.second);
    });
    EXPECT_EQ(seen.size(), static_cast<std::size_t>(there));
  }

  void random_key() {
    const int database = static_cast<int>(below(kUsedDatabases));
    const auto key = cache_.random_key(database);
    const auto here = [&](const auto& at) { return at.first.first == database && live(at.second); };
    if (!key) {
      EXPECT_TRUE(pressed() || std::none_of(model_.begin(), model_.end(), here));
    } else {
      EXPECT_NE(find({database, *key}), nullptr);
    }
  }

  void move_clock() {
    static constexpr std::array<std::int64_t, 6> kJumps = {0, 1, 20, 300, 100'000, 30'000'000};
    const std::int64_t jump = kJumps[below(one_in(10) ? 6 : 4)];
    clock_.advance_ms(static_cast<std::int64_t>(below(static_cast<std::size_t>(jump) + 1)));
  }

  void maintain() { cache_.maintain(1 + below(200)); }

  void maintain_to_the_end() {
    while (cache_.maintain() == 0) {
    }
    std::erase_if(model_, [&](const auto& at) { return !live(at.second); });
    if (pressed()) return;
    EXPECT_EQ(cache_.size(), model_.size());
  }

  void step() {
    struct Operation {
      int weight;
      void (ModelTest::*run)();
    };
    static constexpr Operation kOperations[] = {
        {20, &ModelTest::get},           {3, &ModelTest::get_into},
        {3, &ModelTest::get_range},      {2, &ModelTest::get_many},
        {40, &ModelTest::set},           {5, &ModelTest::compare_and_set},
        {6, &ModelTest::erase},          {1, &ModelTest::erase_many},
        {6, &ModelTest::increment},      {4, &ModelTest::increment_float},
        {8, &ModelTest::append},         {6, &ModelTest::set_range},
        {8, &ModelTest::expire_at},      {8, &ModelTest::persist},
        {2, &ModelTest::touch},          {1, &ModelTest::clear},
        {1, &ModelTest::swap_databases}, {1, &ModelTest::scan},
        {2, &ModelTest::random_key},     {4, &ModelTest::move_clock},
        {4, &ModelTest::maintain},       {1, &ModelTest::maintain_to_the_end},
        {2, &ModelTest::invalidate_tag}, {1, &ModelTest::invalidate_prefix},
    };
    int chosen = static_cast<int>(below(145));
    for (const Operation& operation : kOperations) {
      chosen -= operation.weight;
      if (chosen < 0) return (this->*operation.run)();
    }
  }

  void run(std::uint64_t seed) {
    random_.seed(seed);
    for (int i = 1; i <= GetParam().steps; ++i) {
      step();
      EXPECT_TRUE(!pressed() || cache_.memory() <= most_memory()) << cache_.memory();
      EXPECT_EQ(i % GetParam().checked_every == 0 ? cache_.check_invariants() : "", "");
      ASSERT_FALSE(HasFailure()) << "step " << i << " of seed " << seed;
    }
    std::vector<Name> names;
    for (const auto& at : model_) names.push_back(at.first);
    for (const Name& name : names) {
      expect_same(name);
      ASSERT_FALSE(HasFailure()) << "at the end of seed " << seed;
    }
    const ShardStats now = cache_.stats().total;
    EXPECT_EQ(now.memory(), cache_.memory());
    EXPECT_EQ(now.entries, cache_.size());
  }

  std::mt19937_64 random_{1};
  ManualClock clock_;
  std::vector<std::string> keys_;
  std::map<Name, Entry> model_;
  Cache cache_{options()};
};

TEST_P(ModelTest, ACacheBehavesAsAPlainMap) { run(1); }
TEST_P(ModelTest, ACacheBehavesAsAPlainMapAgain) { run(2); }

constexpr std::size_t kMiB = std::size_t{1} << 20;

INSTANTIATE_TEST_SUITE_P(Roomy, ModelTest,
                         testing::Values(Setup{"OneShard", 0, 1, Policy::kAllKeysLru, 20'000, 10},
                                         Setup{"FourShards", 0, 4, Policy::kAllKeysLfu, 20'000, 10},
                                         Setup{"EveryStep", 0, 1, Policy::kAllKeysRandom, 3'000, 1},
                                         Setup{"Observed", 0, 4, Policy::kAllKeysLru, 20'000, 10,
                                               true}),
                         [](const auto& test) { return test.param.name; });

INSTANTIATE_TEST_SUITE_P(
    Pressed, ModelTest,
    testing::Values(Setup{"NoEviction", kMiB, 1, Policy::kNoEviction, 20'000, 50},
                    Setup{"Lru", kMiB, 1, Policy::kAllKeysLru, 20'000, 50},
                    Setup{"LruObserved", kMiB, 1, Policy::kAllKeysLru, 20'000, 50, true},
                    Setup{"LruFourShards", 2 * kMiB, 4, Policy::kAllKeysLru, 20'000, 50},
                    Setup{"Lfu", kMiB, 1, Policy::kAllKeysLfu, 20'000, 50},
                    Setup{"Random", 4 * kMiB, 4, Policy::kAllKeysRandom, 20'000, 50},
                    Setup{"S3Fifo", kMiB, 1, Policy::kAllKeysS3Fifo, 20'000, 50},
                    Setup{"S3FifoFourShards", 2 * kMiB, 4, Policy::kAllKeysS3Fifo, 20'000, 50},
                    Setup{"VolatileS3Fifo", kMiB, 1, Policy::kVolatileS3Fifo, 20'000, 50},
                    Setup{"VolatileLru", kMiB, 4, Policy::kVolatileLru, 20'000, 50},
                    Setup{"VolatileLfu", kMiB, 1, Policy::kVolatileLfu, 20'000, 50},
                    Setup{"VolatileRandom", kMiB, 1, Policy::kVolatileRandom, 20'000, 50},
                    Setup{"VolatileTtl", 2 * kMiB, 4, Policy::kVolatileTtl, 20'000, 50}),
    [](const auto& test) { return test.param.name; });

}  // namespace
}  // namespace libcache
