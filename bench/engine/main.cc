// Operations of libcache beside those of other caches in the same process.
//
// Usage: engine_benchmark [--keys=N] [the options of Google Benchmark]
//
// Benchmarks are named operation/choice of keys/size of values/cache/real_time/threads:n. `time` is
// wall time divided by the operations of all threads, `cpu` the time that all threads ran divided
// by the same: on a busy machine the steadier one for a single thread. Repetitions of all
// benchmarks are shuffled, so that medians of one run can be compared. All of it takes some 10
// minutes and 5 GiB.

#include <algorithm>
#include <array>
#include <atomic>
#include <charconv>
#include <cstddef>
#include <cstdio>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <benchmark/benchmark.h>
#include <rocksdb/version.h>
#include <tbb/version.h>

#include "bench/engine/contenders.h"
#include "bench/engine/features.h"
#include "bench/engine/instructions.h"
#include "bench/engine/lazy.h"
#include "bench/engine/operations.h"
#include "bench/engine/workload.h"

namespace bench {
namespace {

constexpr std::size_t kMiB = std::size_t{1} << 20;
constexpr std::size_t kRoomForAll = 512 * kMiB;
constexpr std::size_t kRoomForSome = 64 * kMiB;
constexpr std::size_t kSequenceLength = std::size_t{1} << 21;
constexpr std::array kThreads = {1, 2, 4};

/// Options of Google Benchmark where the command line does not say otherwise.
constexpr std::array<const char*, 4> kDefaults = {
    "--benchmark_repetitions=5", "--benchmark_enable_random_interleaving=true",
    "--benchmark_min_time=0.2", "--benchmark_display_aggregates_only=true"};

/// Values, and how many keys with such values there are, as a share of --keys: all fit into
/// kRoomForAll (16 times that many KiB), and exceed every processor cache.
struct ValueSize {
  const char* name;
  std::size_t bytes;
  std::size_t keys_divisor;
};
constexpr std::array kValueSizes = {
    ValueSize{"64B", 64, 1},
    ValueSize{"1KiB", 1024, 8},
    ValueSize{"64KiB", std::size_t{64} << 10, 512},
};

struct NamedChoice {
  const char* name;
  Choice choice;
};
constexpr std::array kChoices = {NamedChoice{"uniform", Choice::kUniform},
                                 NamedChoice{"zipf", Choice::kZipf}};

using LazySequence = std::shared_ptr<Lazy<std::vector<KeyBytes>>>;

/// What the benchmarks with one size of values share, whatever the cache.
struct Workload {
  ValueSize size;
  std::size_t keys;
  std::string value;
  std::array<LazySequence, kChoices.size()> present;
  std::array<LazySequence, kChoices.size()> absent;
};
using SharedWorkload = std::shared_ptr<const Workload>;

LazySequence lazy_sequence(Choice choice, std::size_t first, std::size_t keys) {
  return std::make_shared<Lazy<std::vector<KeyBytes>>>([=] {
    return std::make_unique<std::vector<KeyBytes>>(
        make_sequence(choice, first, keys, kSequenceLength));
  });
}

SharedWorkload make_workload(const ValueSize& size, std::size_t all_keys) {
  const auto workload = std::make_shared<Workload>();
  workload->size = size;
  workload->keys = std::max<std::size_t>(1, all_keys / size.keys_divisor);
  workload->value.assign(size.bytes, 'v');
  for (std::size_t i = 0; i < kChoices.size(); ++i) {
    workload->present[i] = lazy_sequence(kChoices[i].choice, 0, workload->keys);
    workload->absent[i] = lazy_sequence(kChoices[i].choice, workload->keys, workload->keys);
  }
  return workload;
}

/// A cache that holds every key of a workload.
template <class Contender>
std::unique_ptr<Contender> make_complete(const Workload& workload) {
  auto cache = std::make_unique<Contender>(kRoomForAll);
  for (std::size_t i = 0; i < workload.keys; ++i) cache->set(as_view(make_key(i)), workload.value);
  return cache;
}

/// A cache that has had to evict for a while.
template <class Contender>
std::unique_ptr<Contender> make_full(const Workload& workload) {
  auto cache = std::make_unique<Contender>(kRoomForSome);
  const std::size_t enough = 2 * kRoomForSome / workload.size.bytes;
  for (std::size_t i = 0; i < enough; ++i) cache->set(as_view(make_key(i)), workload.value);
  return cache;
}

/// The benchmarks of one cache with one size of values.
template <class Contender>
class Registrar {
 public:
  explicit Registrar(SharedWorkload workload)
      : workload_(std::move(workload)),
        read_(std::make_shared<Lazy<Contender>>(
            [workload = workload_] { return make_complete<Contender>(*workload); })),
        written_(std::make_shared<Lazy<Contender>>(
            [workload = workload_] { return make_complete<Contender>(*workload); })),
        full_(std::make_shared<Lazy<Contender>>(
            [workload = workload_] { return make_full<Contender>(*workload); })) {}

  void add_all() const {
    for (std::size_t i = 0; i < kChoices.size(); ++i) {
      add_reads(kChoices[i].name, workload_->present[i], workload_->absent[i]);
      add_writes(kChoices[i].name, workload_->present[i]);
      add_batches(kChoices[i].name, workload_->present[i]);
    }
    if constexpr (Contender::kEvicts) add_insert();
  }

 private:
  using State = benchmark::State;

  template <class Run>
  void add(const std::string& operation_and_choice, Run run) const {
    const std::string name =
        operation_and_choice + "/" + workload_->size.name + "/" + Contender::kName;
    auto* const added = benchmark::RegisterBenchmark(name.c_str(), run)->UseRealTime();
    for (const int threads : kThreads) added->Threads(threads);
  }

  void add_reads(const std::string& choice, const LazySequence& present,
                 const LazySequence& absent) const {
    add("hit/" + choice, [cache = read_, present, workload = workload_](State& state) {
      read(state, cache->get(), present->get(), /*present=*/true, workload->value);
    });
    add("miss/" + choice, [cache = read_, absent, workload = workload_](State& state) {
      read(state, cache->get(), absent->get(), /*present=*/false, workload->value);
    });
  }

  void add_writes(const std::string& choice, const LazySequence& present) const {
    add("overwrite/" + choice, [cache = written_, present, workload = workload_](State& state) {
      overwrite(state, cache->get(), present->get(), workload->value);
    });
    add("mixed/" + choice, [cache = written_, present, workload = workload_](State& state) {
      mixed(state, cache->get(), present->get(), workload->value);
    });
  }

  void add_batches(const std::string& choice, const LazySequence& present) const {
    if constexpr (std::is_same_v<Contender, Libcache>) {
      add("get_many_64/" + choice, [cache = read_, present, workload = workload_](State& state) {
        get_many(state, cache->get(), present->get(), workload->value);
      });
      add("get_one_by_one_64/" + choice,
          [cache = read_, present, workload = workload_](State& state) {
            get_one_by_one(state, cache->get(), present->get(), workload->value);
          });
    }
  }

  void add_insert() const {
    const auto runs = std::make_shared<std::atomic<std::uint32_t>>();
    add("insert_evicting/new", [cache = full_, runs, workload = workload_](State& state) {
      insert(state, cache->get(), *runs, workload->value);
    });
  }

  SharedWorkload workload_;
  std::shared_ptr<Lazy<Contender>> read_;     // for benchmarks that only read
  std::shared_ptr<Lazy<Contender>> written_;  // for those that write
  std::shared_ptr<Lazy<Contender>> full_;     // at its limit
};

void add_benchmarks(std::size_t keys) {
  for (const ValueSize& size : kValueSizes) {
    const SharedWorkload workload = make_workload(size, keys);
    Registrar<Libcache>(workload).add_all();
    Registrar<MutexLru>(workload).add_all();
    Registrar<RocksdbLru>(workload).add_all();
    Registrar<TbbMap>(workload).add_all();
  }
  add_features(keys);
}

/// Takes --keys=N out of the arguments; 0 if it is not a number.
std::size_t take_keys(std::vector<const char*>& arguments) {
  constexpr std::string_view kOption = "--keys=";
  std::size_t keys = 1'000'000;
  std::erase_if(arguments, [&](const char* argument) {
    const std::string_view text = argument;
    if (!text.starts_with(kOption)) return false;
    const std::string_view number = text.substr(kOption.size());
    const auto end = number.data() + number.size();
    if (std::from_chars(number.data(), end, keys).ptr != end) keys = 0;
    return true;
  });
  return keys;
}

int run(std::vector<const char*> arguments) {
  const std::size_t keys = take_keys(arguments);
  if (keys == 0 || keys > 2'000'000) {
    std::fprintf(stderr, "--keys= takes a number from 1 to 2000000\n");
    return 2;
  }
  arguments.insert(arguments.begin() + 1, kDefaults.begin(), kDefaults.end());
  int count = static_cast<int>(arguments.size());
  auto* const words = const_cast<char**>(arguments.data());  // it reorders them, no more
  benchmark::Initialize(&count, words);
  if (benchmark::ReportUnrecognizedArguments(count, words)) return 2;
  benchmark::AddCustomContext("keys", std::to_string(keys));
  benchmark::AddCustomContext("instructions", instruction_counter_state());
  benchmark::AddCustomContext("rocksdb", rocksdb::GetRocksVersionAsString());
  benchmark::AddCustomContext("tbb", TBB_VERSION_STRING);
  add_benchmarks(keys);
  benchmark::RunSpecifiedBenchmarks();
  benchmark::Shutdown();
  return 0;
}

}  // namespace
}  // namespace bench

int main(int argc, char** argv) { return bench::run({argv, argv + argc}); }
