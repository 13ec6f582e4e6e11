// Any sequence of operations on a small cache: every value that is read must be one that was
// stored under its key, the limit must hold, and no invariant may be broken.
//
// The input's first byte chooses the policy and the number of shards; then each operation takes a
// few bytes: what to do (a row of kOperations), with which key, and numbers.
//
// An input is cheap, so that many can be tried: it is short, the limit is the lowest there is, and
// many entries are stored or erased by one operation, up to a bound for the whole input.

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <libcache/cache.h>

namespace {

using libcache::Cache;
using libcache::Key;
using libcache::KeyLock;
using libcache::KeyValue;
using libcache::Policy;
using libcache::Value;
using std::chrono::milliseconds;

constexpr std::size_t kLongestInput = 256;
constexpr std::size_t kLowestLimit = std::size_t{1} << 20;
constexpr int kPolicies = 8;
// Entries that fills may store in all: enough to fill the cache several times over.
constexpr std::size_t kMostFilled = 1500;
constexpr int kStepsBetweenChecks = 32;

void check(bool holds) {
  if (!holds) std::abort();
}

bool is_uniform(std::string_view bytes) {
  return bytes.empty() || std::memcmp(bytes.data(), bytes.data() + 1, bytes.size() - 1) == 0;
}

/// Values of one key are repetitions of its first byte, apart from what set_range() fills up.
char filling(std::string_view key) { return key.empty() ? 'x' : key.front(); }

/// Run by run, as a look at each byte would be what the fuzzer mostly does.
void check_value(std::string_view key, std::string_view value) {
  const char own = filling(key);
  while (!value.empty()) {
    check(value.front() == own || value.front() == '\0');
    const std::string_view run = value.substr(0, value.find(value.front() == own ? '\0' : own));
    check(is_uniform(run));
    value.remove_prefix(run.size());
  }
}

class Input {
 public:
  Input(const std::uint8_t* data, std::size_t size) : data_(data), size_(size) {}
  [[nodiscard]] bool empty() const { return size_ == 0; }
  std::uint8_t byte() {
    if (size_ == 0) return 0;
    --size_;
    return *data_++;
  }
  std::size_t number() {
    const std::size_t high = byte();
    return high << 8 | byte();
  }

 private:
  const std::uint8_t* data_;
  std::size_t size_;
};

class Session {
 public:
  explicit Session(Input& input) : input_(input) {}

  void run() {
    for (int steps = 1; !input_.empty(); ++steps) {
      step();
      check_limit();
      if (steps % kStepsBetweenChecks == 0) check(cache_.check_invariants().empty());
    }
    check(cache_.check_invariants().empty());
    for (const Held& held : held_) check_value(held.key, held.value.bytes());
    held_.clear();
    while (cache_.maintain() == 0) {
    }
    check_limit();
    check(cache_.check_invariants().empty());
  }

 private:
  using Operation = void (Session::*)(Key at);
  static const std::array<Operation, 39> kOperations;

  struct Held {
    std::string key;
    Value value;
  };

  libcache::Options options() {
    const std::uint8_t choice = input_.byte();
    libcache::Options options{.max_memory = kLowestLimit,
                              .policy = static_cast<Policy>(choice % kPolicies),
                              .shards = (choice & 8) != 0 ? 4 : 1,
                              .maintenance = libcache::Maintenance::kManual,
                              .hash_seed = 1,
                              .clock = &clock_};
    if ((choice & 16) != 0) {
      options.on_removal = [](const libcache::Removal&) {};
      options.statistics = {.miss_reasons = true, .prefixes = {"a", ""}, .miss_ratio_curve = true};
    }
    return options;
  }

  void step() {
    const std::uint8_t what = input_.byte();
    const std::string key = read_key();
    (this->*kOperations[what % kOperations.size()])(Key(key, what >> 7));
  }

  /// What a lowered limit leaves too much has to go, but not at once; and some operations may go
  /// beyond the limit by a 16th.
  void check_limit() {
    if (cache_.memory() <= cache_.max_memory()) reset_ceiling();
    check(cache_.memory() <= ceiling_);
  }
  void reset_ceiling() {
    ceiling_ = std::max(cache_.memory(), cache_.max_memory()) + cache_.max_memory() / 16;
  }

  /// Keys of many sizes, also those at the borders of the item's layouts.
  std::string read_key() {
    static constexpr std::array<std::size_t, 8> kSizes = {0, 1, 8, 40, 255, 256, 16'348, 16'349};
    const std::uint8_t choice = input_.byte();
    return std::string(kSizes[choice % kSizes.size()], static_cast<char>('a' + choice / 8));
  }
  std::string read_value(Key at) { return std::string(input_.number(), filling(at.bytes())); }
  /// Shorter than those of read_value(), as is likely.
  std::string read_piece(Key at) { return std::string(input_.byte(), filling(at.bytes())); }
  std::int64_t read_ms() { return static_cast<std::int64_t>(input_.number()); }
  /// A key whose values are numbers.
  static std::string number_key(Key at) { return std::string("number:") + filling(at.bytes()); }
  /// Another key with the same values. Has a form with and one without an extent.
  std::string read_sibling(Key at) {
    return std::string(input_.byte() % 2 == 0 ? 3 : 17'000, filling(at.bytes()));
  }

  // --- Operations --------------------------------------------------------------------------------

  void get(Key at) {
    if (const auto found = cache_.get(at)) check_value(at.bytes(), found->bytes());
  }
  void set(Key at) { static_cast<void>(cache_.set(at, read_value(at))); }
  void set_with_ttl(Key at) {
    const std::string value = read_value(at);
    static_cast<void>(cache_.set(at, value, {.ttl = milliseconds(read_ms())}));
  }
  void set_keeping_ttl(Key at) {
    static_cast<void>(cache_.set(at, read_value(at), {.keep_ttl = true}));
  }
  void set_on_condition(Key at) {
    using When = libcache::SetOptions::When;
    const std::string value = read_value(at);
    const When when = input_.byte() % 2 == 0 ? When::kIfAbsent : When::kIfPresent;
    const auto result = cache_.set(at, value, {.when = when, .return_old = true});
    check(result.old_value.has_value() == result.existed);
    if (result.old_value) check_value(at.bytes(), result.old_value->bytes());
  }
  void set_many(Key at) {
    const std::string sibling = read_sibling(at);
    const std::string value = read_value(at);
    const std::string other = read_piece(at);
    static_cast<void>(cache_.set_many(
        std::array<KeyValue, 2>{{{at, value}, {Key(sibling, at.database()), other}}}));
  }
  void compare_and_set(Key at) {
    const std::string expected = read_piece(at);
    static_cast<void>(cache_.compare_and_set(at, expected, read_value(at)));
  }
  void append(Key at) {
    std::size_t size = 0;
    static_cast<void>(cache_.append(at, read_piece(at), size));
  }
  void set_range(Key at) {
    std::size_t size = 0;
    const std::size_t offset = input_.number();
    static_cast<void>(cache_.set_range(at, offset, read_piece(at), size));
  }
  void get_range(Key at) {
    const std::size_t offset = input_.number();
    const std::size_t length = input_.number();
    if (const auto part = cache_.get_range(at, offset, length)) {
      check(part->size() <= length);
      check_value(at.bytes(), *part);
    }
  }
  void increment(Key at) {
    std::int64_t result = 0;
    static_cast<void>(cache_.increment({number_key(at), at.database()}, read_ms() << 48, result));
  }
  void increment_float(Key at) {
    std::string result;
    const long double delta = static_cast<long double>(read_ms()) / 7;
    static_cast<void>(cache_.increment_float({number_key(at), at.database()}, delta, result));
  }
  void erase(Key at) {
    cache_.erase(at);
    check(!cache_.exists(at));
  }

  void expire(Key at) {
    static_cast<void>(cache_.expire_at(at, clock_.now_ms() + read_ms()));
    get(at);
  }
  void persist(Key at) { static_cast<void>(cache_.persist(at)); }
  void advance(Key /*at*/) { clock_.advance_ms(read_ms()); }
  void advance_far(Key /*at*/) { clock_.advance_ms(read_ms() << 20); }
  void maintain(Key /*at*/) { cache_.maintain(input_.byte()); }

  void rename(Key at) {
    const std::string sibling = read_sibling(at);
    const Key to(sibling, at.database());
    KeyLock lock = cache_.lock(std::array<Key, 2>{at, to});
    if (at.bytes().empty()) return;
    static_cast<void>(lock.rename(at, to));
    if (const auto found = lock.view(to)) check_value(sibling, found->bytes);
  }
  void copy(Key at) {
    const std::string sibling = read_sibling(at);
    const Key to(sibling, 1 - at.database());
    KeyLock lock = cache_.lock(std::array<Key, 2>{at, to});
    if (const auto found = lock.view(at)) static_cast<void>(lock.set(to, found->bytes));
    if (const auto found = lock.view(to)) check_value(sibling, found->bytes);
  }
  /// A value that is kept while the cache goes on, and is still the same then.
  void hold(Key at) {
    constexpr std::size_t kMostHeld = 4;
    if (held_.size() == kMostHeld) held_.erase(held_.begin());
    if (auto found = cache_.get(at)) held_.push_back({std::string(at.bytes()), *std::move(found)});
  }
  void let_go(Key /*at*/) { held_.clear(); }

  /// Many entries of one size: brings the cache to its limit with few bytes of input.
  void fill(Key at) {
    const std::size_t count =
        std::min(std::size_t{input_.byte()}, kMostFilled - std::min(kMostFilled, filled_));
    const std::size_t size = input_.number() % 20'000;
    const bool expires = input_.byte() % 2 != 0;
    const std::string value(size, 'f');
    for (std::size_t i = 0; i < count; ++i) {
      static_cast<void>(
          cache_.set({filled_key(filled_++), at.database()}, value,
                     {.ttl = expires ? std::optional(milliseconds(i)) : std::nullopt}));
    }
  }
  void erase_filled(Key at) {
    const std::size_t count = std::min(std::size_t{input_.byte()}, filled_);
    for (std::size_t i = 1; i <= count; ++i) {
      cache_.erase({filled_key(filled_ - i), at.database()});
    }
  }
  void read_filled(Key at) {
    constexpr std::size_t kTogether = 40;
    std::vector<std::string> names;
    for (std::size_t i = 0; i < std::min(kTogether, filled_); ++i) names.push_back(filled_key(i));
    std::vector<Key> keys;
    for (const std::string& name : names) keys.emplace_back(name, at.database());
    std::size_t visits = 0;
    cache_.get_many(keys, [&](std::size_t i, std::optional<std::string_view> bytes) {
      ++visits;
      if (bytes) check_value(names[i], *bytes);
    });
    check(visits == keys.size());
  }
  static std::string filled_key(std::size_t number) { return "fill:" + std::to_string(number); }

  void scan(Key at) {
    std::uint64_t cursor = 0;
    std::size_t seen = 0;
    const std::size_t present = cache_.size(at.database());
    do {
      cursor = cache_.scan(at.database(), cursor, 100, [&](std::string_view) { ++seen; });
    } while (cursor != 0);
    check(seen <= present);
  }
  void random_key(Key at) {
    if (const auto key = cache_.random_key(at.database())) {
      check(cache_.exists({*key, at.database()}));
    }
  }
  void clear(Key at) {
    cache_.clear(at.database());
    check(cache_.size(at.database()) == 0);
  }
  void clear_all(Key /*at*/) {
    cache_.clear();
    check(cache_.size() == 0);
  }
  void set_with_tags(Key at) {
    static_cast<void>(cache_.set(at, read_value(at), {.tags = tags(input_.byte())}));
  }
  void invalidate_tag(Key at) {
    const std::uint8_t which = input_.byte();
    static_cast<void>(cache_.set(at, read_piece(at), {.tags = tags(which)}));
    cache_.invalidate_tag(kTagNames[which % kTagNames.size()]);
    check(tags(which).empty() || !cache_.exists(at));
  }
  void invalidate_prefix(Key at) {
    cache_.invalidate_prefix(at);
    check(!cache_.exists(at));
  }
  static constexpr std::array<std::string_view, 8> kTagNames = {"a", "b", "c", "d",
                                                                "e", "f", "g", "h"};
  /// None, or some of which the first is kTagNames[which % 8].
  static libcache::Tags tags(std::uint8_t which) {
    const std::size_t first = which % kTagNames.size();
    const std::size_t count = which / kTagNames.size() % (kTagNames.size() - first + 1);
    return libcache::Tags(std::span(kTagNames).subspan(first, count));
  }
  void swap_databases(Key /*at*/) { cache_.swap_databases(0, 1); }
  void set_policy(Key /*at*/) { cache_.set_policy(static_cast<Policy>(input_.byte() % kPolicies)); }
  void set_limit(Key /*at*/) {
    cache_.set_max_memory(kLowestLimit + input_.byte() * std::size_t{4096});
    reset_ceiling();
  }
  void look(Key at) {
    const auto info = cache_.info(at);
    check(info.has_value() == cache_.touch(at));
    check(info.has_value() == cache_.deadline(at).has_value());
    static_cast<void>(cache_.stats());
  }

  Input& input_;
  std::size_t filled_ = 0;
  std::vector<Held> held_;
  libcache::ManualClock clock_;
  Cache cache_{options()};
  std::size_t ceiling_ = kLowestLimit;
};

// What is tried more often stands twice.
const std::array<Session::Operation, 39> Session::kOperations = {
    &Session::get,
    &Session::set,
    &Session::set,
    &Session::set_with_ttl,
    &Session::fill,
    &Session::fill,
    &Session::erase,
    &Session::erase_filled,
    &Session::append,
    &Session::set_range,
    &Session::get_range,
    &Session::set_keeping_ttl,
    &Session::expire,
    &Session::persist,
    &Session::advance,
    &Session::advance_far,
    &Session::maintain,
    &Session::set_on_condition,
    &Session::rename,
    &Session::copy,
    &Session::hold,
    &Session::let_go,
    &Session::set_many,
    &Session::compare_and_set,
    &Session::increment,
    &Session::increment_float,
    &Session::scan,
    &Session::read_filled,
    &Session::clear,
    &Session::swap_databases,
    &Session::set_policy,
    &Session::set_limit,
    &Session::look,
    &Session::random_key,
    &Session::clear_all,
    &Session::set_with_tags,
    &Session::set_with_tags,
    &Session::invalidate_tag,
    &Session::invalidate_prefix,
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  Input input(data, std::min(size, kLongestInput));
  Session(input).run();
  return 0;
}
