#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <benchmark/benchmark.h>

#include "bench/engine/contenders.h"
#include "bench/engine/meter.h"
#include "bench/engine/workload.h"

namespace bench {

// What is measured: one function for each operation, run by each thread. Every iteration is one
// operation on one key. `value` is what every entry holds; buffers that are reused start with it.

using Sequence = std::span<const KeyBytes>;

inline SequenceReader reader_of(const benchmark::State& state, Sequence sequence) {
  return {sequence, state.thread_index(), state.threads()};
}

/// A benchmark whose reads did not all do what its name says must not be believed.
inline void expect_found(benchmark::State& state, std::uint64_t found, std::uint64_t expected) {
  if (found != expected) state.SkipWithError("wrong number of hits");
}

inline std::uint64_t iterations(const benchmark::State& state) {
  return static_cast<std::uint64_t>(state.iterations());
}

/// Reads, and copies the value into a buffer that is reused. All or none of the keys are there.
template <class Contender>
void read(benchmark::State& state, Contender& cache, Sequence sequence, bool present,
          const std::string& value) {
  SequenceReader keys = reader_of(state, sequence);
  std::string out = value;
  std::uint64_t found = 0;
  Meter meter(state);
  for (auto _ : state) {
    if (cache.get(as_view(keys.next()), out)) ++found;
    benchmark::DoNotOptimize(out.data());
  }
  meter.report();
  expect_found(state, found, present ? iterations(state) : 0);
}

/// Every write is to a key that is there, with a value of the same size.
template <class Contender>
void overwrite(benchmark::State& state, Contender& cache, Sequence sequence,
               std::string_view value) {
  SequenceReader keys = reader_of(state, sequence);
  Meter meter(state);
  for (auto _ : state) cache.set(as_view(keys.next()), value);
  meter.report();
}

/// Nine hits, one overwrite.
template <class Contender>
void mixed(benchmark::State& state, Contender& cache, Sequence sequence, const std::string& value) {
  SequenceReader keys = reader_of(state, sequence);
  std::string out = value;
  std::uint64_t found = 0;
  unsigned step = 0;
  Meter meter(state);
  for (auto _ : state) {
    const std::string_view key = as_view(keys.next());
    step = step == 9 ? 0 : step + 1;
    if (step == 0) {
      cache.set(key, value);
      ++found;
    } else {
      if (cache.get(key, out)) ++found;
    }
    benchmark::DoNotOptimize(out.data());
  }
  meter.report();
  expect_found(state, found, iterations(state));
}

/// Every write is of a new key into a full cache.
template <class Contender>
void insert(benchmark::State& state, Contender& cache, std::atomic<std::uint32_t>& runs,
            std::string_view value) {
  const std::uint32_t run = runs.fetch_add(1);
  std::uint64_t number = 0;
  Meter meter(state);
  for (auto _ : state) cache.set(as_view(make_fresh_key(run, number++)), value);
  meter.report();
  if (state.thread_index() == 0) state.counters["held"] = static_cast<double>(cache.size());
}

constexpr std::size_t kBatch = 64;

/// Hits, 64 keys in one call, each value copied into its own reused buffer.
inline void get_many(benchmark::State& state, Libcache& cache, Sequence sequence,
                     const std::string& value) {
  SequenceReader reader = reader_of(state, sequence);
  std::array<libcache::Key, kBatch> keys;
  std::vector<std::string> out(kBatch, value);
  std::uint64_t found = 0;
  Meter meter(state);
  while (state.KeepRunningBatch(kBatch)) {
    for (libcache::Key& key : keys) key = as_view(reader.next());
    cache.cache().get_many(keys, [&](std::size_t i, std::optional<std::string_view> bytes) {
      if (!bytes) return;
      out[i].assign(*bytes);
      ++found;
    });
    benchmark::DoNotOptimize(out.data());
  }
  meter.report();
  expect_found(state, found, iterations(state));
}

/// The same as get_many(), one call for each key.
template <class Contender>
void get_one_by_one(benchmark::State& state, Contender& cache, Sequence sequence,
                    const std::string& value) {
  SequenceReader reader = reader_of(state, sequence);
  std::vector<std::string> out(kBatch, value);
  std::uint64_t found = 0;
  Meter meter(state);
  while (state.KeepRunningBatch(kBatch)) {
    for (std::string& one : out) {
      if (cache.get(as_view(reader.next()), one)) ++found;
    }
    benchmark::DoNotOptimize(out.data());
  }
  meter.report();
  expect_found(state, found, iterations(state));
}

}  // namespace bench
