// Any sequence of operations on a small cache: every value that is read must be one that was
// stored under its key, the limit must hold, and no invariant may be broken.
//
// The input's first byte chooses the policy and the number of shards; then each operation takes a
// few bytes: what to do, with which key, and a number.

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include <libcache/cache.h>

namespace {

using libcache::Cache;
using libcache::Key;
using std::chrono::milliseconds;

constexpr std::size_t kLimit = std::size_t{1} << 20;
// An expiring entry's deadline may be given beyond the limit if nobody may be evicted.
constexpr std::size_t kOverdraft = std::size_t{128} << 10;

void check(bool holds) {
  if (!holds) std::abort();
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
    while (!input_.empty()) {
      step();
      check(cache_.memory() <= kLimit + kOverdraft);
    }
    check(cache_.check_invariants().empty());
    while (cache_.maintain() == 0) {
    }
    check(cache_.check_invariants().empty());
  }

 private:
  libcache::Options options() {
    const std::uint8_t choice = input_.byte();
    return {.max_memory = kLimit,
            .policy = static_cast<libcache::Policy>(choice % 8),
            .shards = (choice & 8) != 0 ? 4 : 1,
            .maintenance = libcache::Maintenance::kManual,
            .hash_seed = 1,
            .clock = &clock_};
  }

  /// Keys of many sizes, also those at the borders of the item's layouts.
  std::string key() {
    static constexpr std::array<std::size_t, 8> kSizes = {0, 1, 8, 40, 255, 256, 16'348, 16'349};
    const std::uint8_t choice = input_.byte();
    return std::string(kSizes[choice % kSizes.size()], static_cast<char>('a' + choice / 8));
  }

  /// Values of one key are repetitions of its first byte, apart from what set_range() fills up.
  static std::string value(std::string_view key, std::size_t size) {
    return std::string(size, key.empty() ? 'x' : key.front());
  }
  static void check_value(std::string_view key, std::string_view value) {
    const char allowed = key.empty() ? 'x' : key.front();
    for (const char c : value) check(c == allowed || c == '\0');
  }

  void step() {
    const std::uint8_t what = input_.byte();
    const std::string name = key();
    const Key at(name, what >> 4 & 1);
    std::size_t size = 0;
    switch (what & 15) {
      case 0:
      case 1:
        static_cast<void>(cache_.set(at, value(name, input_.number())));
        break;
      case 2:
        static_cast<void>(
            cache_.set(at, value(name, input_.number()), {.ttl = milliseconds(input_.number())}));
        break;
      case 3:
        static_cast<void>(cache_.set(at, value(name, input_.number()), {.keep_ttl = true}));
        break;
      case 4:
        cache_.erase(at);
        break;
      case 5:
        static_cast<void>(cache_.append(at, value(name, input_.byte()), size));
        break;
      case 6:
        static_cast<void>(cache_.set_range(at, input_.number(), value(name, input_.byte()), size));
        break;
      case 7:
        static_cast<void>(
            cache_.expire_at(at, clock_.now_ms() + static_cast<std::int64_t>(input_.number())));
        break;
      case 8:
        static_cast<void>(cache_.persist(at));
        break;
      case 9:
        clock_.advance_ms(static_cast<std::int64_t>(input_.number()));
        break;
      case 10:
        cache_.maintain(input_.byte());
        break;
      case 11:
        cache_.clear(at.database());
        break;
      case 12:
        cache_.swap_databases(0, 1);
        break;
      case 13:
        cache_.set_policy(static_cast<libcache::Policy>(input_.byte() % 8));
        break;
      case 14:
        fill(input_.byte());
        break;
      default:
        if (const auto found = cache_.get(at)) check_value(name, found->bytes());
    }
  }

  /// Many entries of one size: brings the cache to its limit with few bytes of input.
  void fill(std::size_t size) {
    const std::string stored(size * 4, 'f');
    for (int i = 0; i < 500; ++i) {
      static_cast<void>(cache_.set("fill:" + std::to_string(next_fill_++), stored));
    }
  }

  Input& input_;
  int next_fill_ = 0;
  libcache::ManualClock clock_;
  Cache cache_{options()};
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  constexpr std::size_t kLongest = 4096;  // a longer one is slow and shows nothing more
  Input input(data, size < kLongest ? size : kLongest);
  Session(input).run();
  return 0;
}
