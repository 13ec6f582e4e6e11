#include "bench/engine/features.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <benchmark/benchmark.h>
#include <libcache/loading_cache.h>
#include <libcache/typed_cache.h>

#include "bench/engine/lazy.h"
#include "bench/engine/operations.h"
#include "bench/engine/workload.h"

namespace bench {
namespace {

using benchmark::State;
using libcache::Cache;
using libcache::Key;

constexpr std::size_t kRoomForAll = std::size_t{512} << 20;
constexpr std::size_t kRoomForSome = std::size_t{64} << 20;
constexpr std::size_t kSequenceLength = std::size_t{1} << 20;
constexpr std::size_t kFewKeys = 10'000;  // which the processor's caches hold
constexpr std::array kThreads = {1, 2};
constexpr std::chrono::hours kLong{24};

const std::string kValue(64, 'v');  // NOLINT(cert-err58-cpp): nobody catches what it could throw

using Typed = std::array<char, 60>;  // and 4 bytes of the format
using Codec = libcache::TrivialCodec<Typed, libcache::Format("bench::Typed", 1)>;
using TypedCache = libcache::TypedCache<std::string_view, Typed, Codec>;

libcache::Loaded no_load() { return libcache::LoadError{"every key is there"}; }

libcache::Options plain(std::size_t limit) { return {.max_memory = limit}; }

/// With everything that there is to observe.
libcache::Options observed(std::size_t limit) {
  libcache::Options options{.max_memory = limit};
  options.on_removal = [](const libcache::Removal& removal) {
    benchmark::DoNotOptimize(removal.key.data());
  };
  options.statistics = {.miss_reasons = true, .prefixes = {"key:", "game:", "new:", ""}};
  return options;
}

libcache::Options with_curve(std::size_t limit) {
  libcache::Options options{.max_memory = limit};
  options.statistics = {.miss_ratio_curve = true};
  return options;
}

/// The features, on one set of keys. Its caches are made when a benchmark first asks for one.
class Features {
 public:
  Features(std::string keys_name, Choice choice, std::size_t keys)
      : keys_name_(std::move(keys_name)),
        sequence_([=] {
          return std::make_unique<std::vector<KeyBytes>>(
              make_sequence(choice, 0, keys, kSequenceLength));
        }),
        plain_([=] { return filled(plain(kRoomForAll), keys, {}); }),
        observed_([=] { return filled(observed(kRoomForAll), keys, {}); }),
        with_curve_([=] { return filled(with_curve(kRoomForAll), keys, {}); }),
        lasting_([=] { return filled(plain(kRoomForAll), keys, {.ttl = kLong}); }),
        tagged_([=] { return filled(plain(kRoomForAll), keys, {.tags = {"tag"}}); }),
        typed_([=] {
          auto cache = std::make_unique<Cache>(plain(kRoomForAll));
          TypedCache typed(*cache);
          for (std::size_t i = 0; i < keys; ++i) {
            static_cast<void>(typed.set(as_view(make_key(i)), Typed{}).status);
          }
          return cache;
        }) {}

  static void add_all(const std::shared_ptr<Features>& features) {
    features->add_reads(features);
    features->add_batches(features);
    features->add_writes(features);
  }

 private:
  using Self = std::shared_ptr<Features>;

  static std::unique_ptr<Cache> filled(const libcache::Options& options, std::size_t keys,
                                       const libcache::SetOptions& set) {
    auto cache = std::make_unique<Cache>(options);
    cache->invalidate_tag("another");  // so that tags are looked at
    for (std::size_t i = 0; i < keys; ++i) {
      static_cast<void>(cache->set(as_view(make_key(i)), kValue, set).status);
    }
    return cache;
  }

  template <class Run>
  void add(const std::string& operation, Run run) const {
    auto* const added =
        benchmark::RegisterBenchmark(("feature/" + keys_name_ + "/64B/" + operation).c_str(), run)
            ->UseRealTime();
    for (const int threads : kThreads) added->Threads(threads);
  }

  /// `make(cache)` makes what a thread reads with: read(key), which says whether there was a value.
  template <class Make>
  void add_read(const std::string& operation, const Self& self, Lazy<Cache>& cache,
                Make make) const {
    add(operation, [self, &cache, make](State& state) {
      auto read = make(cache.get());
      SequenceReader keys = reader_of(state, self->sequence_.get());
      std::uint64_t found = 0;
      Meter meter(state);
      for (auto _ : state) {
        if (read(as_view(keys.next()))) ++found;
      }
      meter.report();
      expect_found(state, found, iterations(state));
    });
  }

  void add_reads(const Self& self) {
    const auto get = [](Cache& cache) {
      return [&cache](Key key) {
        const auto value = cache.get(key);
        return value && value->bytes().size() == kValue.size();
      };
    };
    const auto get_into = [](Cache& cache) {
      return [&cache, out = kValue](Key key) mutable { return cache.get_into(key, out); };
    };
    const auto get_or_compute = [](const libcache::LoadOptions& options) {
      return [options](Cache& cache) {
        return [loading = libcache::LoadingCache(cache, {.early_refresh = 1}),
                options](Key key) mutable {
          const auto result = loading.get_or_compute(key, no_load, options);
          return result && result.value.bytes().size() == kValue.size();
        };
      };
    };
    const auto read_or_compute = [](Cache& cache) {
      return [loading = libcache::LoadingCache(cache), out = kValue](Key key) mutable {
        return static_cast<bool>(loading.read_or_compute(
            key, [&out](const libcache::KeyLock::View& view) { out.assign(view.bytes); }, no_load));
      };
    };
    const auto typed_get = [](Cache& cache) {
      return [typed = TypedCache(cache)](std::string_view key) mutable {
        return typed.get(key).has_value();
      };
    };
    const auto plain_get_or_compute = [](Cache& cache) {
      return [loading = libcache::LoadingCache(cache)](Key key) mutable {
        const auto result = loading.get_or_compute(key, no_load);
        return result && result.value.bytes().size() == kValue.size();
      };
    };
    add_read("get", self, plain_, get);
    add_read("get_or_compute over get", self, plain_, plain_get_or_compute);
    add_read("get, with a deadline", self, lasting_, get);
    add_read("get_or_compute, fresh and stale over get, with a deadline", self, lasting_,
             get_or_compute({.ttl = kLong, .stale_for = std::chrono::hours(1)}));
    add_read("get_into", self, plain_, get_into);
    add_read("read_or_compute over get_into", self, plain_, read_or_compute);
    add_read("TypedCache::get over get_into", self, typed_, typed_get);
    add_read("get_into, one tag over get_into", self, tagged_, get_into);
    add_read("get_into, observed over get_into", self, observed_, get_into);
    add_read("get_into, with a curve over get_into", self, with_curve_, get_into);
  }

  void add_batches(const Self& self) {
    add("get_many", [self](State& state) {
      Cache& cache = self->plain_.get();
      std::vector<std::string> out(kBatch, kValue);
      run_batches(state, *self, [&](std::span<const Key> keys) {
        std::size_t found = 0;
        cache.get_many(keys, [&](std::size_t i, std::optional<std::string_view> bytes) {
          if (!bytes) return;
          out[i].assign(*bytes);
          ++found;
        });
        return found;
      });
    });
    add("get_or_compute_many over get_many", [self](State& state) {
      libcache::LoadingCache loading(self->plain_.get());
      const auto load = [](std::span<const Key> missed) {
        return std::vector<libcache::Loaded>(missed.size(), no_load());
      };
      run_batches(state, *self, [&](std::span<const Key> keys) {
        const auto results = loading.get_or_compute_many(keys, load);
        return static_cast<std::size_t>(
            std::count_if(results.begin(), results.end(), [](const auto& one) { return !!one; }));
      });
    });
  }

  /// `read(keys)` says how many of them were there.
  template <class Read>
  static void run_batches(State& state, Features& self, Read read) {
    SequenceReader reader = reader_of(state, self.sequence_.get());
    std::array<Key, kBatch> keys;
    std::uint64_t found = 0;
    Meter meter(state);
    while (state.KeepRunningBatch(kBatch)) {
      for (Key& key : keys) key = as_view(reader.next());
      found += read(keys);
    }
    meter.report();
    expect_found(state, found, iterations(state));
  }

  void add_writes(const Self& self) {
    const auto overwrite = [self](Lazy<Cache>& cache, const libcache::SetOptions& options) {
      return [self, &cache, options](State& state) {
        Cache& written = cache.get();
        SequenceReader keys = reader_of(state, self->sequence_.get());
        Meter meter(state);
        for (auto _ : state) {
          static_cast<void>(written.set(as_view(keys.next()), kValue, options).status);
        }
        meter.report();
      };
    };
    add("set", overwrite(plain_, {}));
    add("set, one tag over set", overwrite(tagged_, {.tags = {"tag"}}));
    add("set, observed over set", overwrite(observed_, {}));
    add("set, with a curve over set", overwrite(with_curve_, {}));
  }

  const std::string keys_name_;
  Lazy<std::vector<KeyBytes>> sequence_;
  Lazy<Cache> plain_;
  Lazy<Cache> observed_;
  Lazy<Cache> with_curve_;
  Lazy<Cache> lasting_;  // entries have a deadline
  Lazy<Cache> tagged_;   // and these a tag
  Lazy<Cache> typed_;
};

/// New keys into a full cache.
void add_inserts() {
  const auto insert = [](libcache::Options (*options)(std::size_t limit)) {
    const auto cache = std::make_shared<Lazy<Cache>>([options] {
      auto full = std::make_unique<Cache>(options(kRoomForSome));
      for (std::size_t i = 0; i < 2 * kRoomForSome / kValue.size(); ++i) {
        static_cast<void>(full->set(as_view(make_key(i)), kValue).status);
      }
      return full;
    });
    const auto runs = std::make_shared<std::atomic<std::uint32_t>>();
    return [cache, runs](State& state) {
      Cache& full = cache->get();
      const std::uint32_t run = runs->fetch_add(1);
      std::uint64_t number = 0;
      Meter meter(state);
      for (auto _ : state) {
        static_cast<void>(full.set(as_view(make_fresh_key(run, number++)), kValue).status);
      }
      meter.report();
    };
  };
  const auto add = [&](const char* name, auto options) {
    auto* const added = benchmark::RegisterBenchmark(name, insert(options))->UseRealTime();
    for (const int threads : kThreads) added->Threads(threads);
  };
  add("feature/new/64B/insert, evicting", plain);
  add("feature/new/64B/insert, evicting, observed over insert, evicting", observed);
  add("feature/new/64B/insert, evicting, with a curve over insert, evicting", with_curve);
}

}  // namespace

void add_features(std::size_t keys) {
  const std::size_t few = std::min(keys, kFewKeys);
  for (const auto& features : {std::make_shared<Features>("uniform", Choice::kUniform, keys),
                               std::make_shared<Features>("zipf", Choice::kZipf, keys),
                               std::make_shared<Features>("uniform, few", Choice::kUniform, few)}) {
    Features::add_all(features);
  }
  add_inserts();
}

}  // namespace bench
