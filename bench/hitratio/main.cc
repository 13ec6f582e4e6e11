// Replays recorded requests and counts the hits.
//
// Usage: hitratio_benchmark library|curve|servers [--traces=FOLDER] [--trace=NAME] [--json=FILE]
//                           [--sideline=PROGRAM] [--redis=PROGRAM] [--check]
//
//   library   each policy of libcache, beside an exact LRU list of as many entries as libcache held
//             in the mean, and an independent simulator's figure
//   curve     what a cache estimates of itself under other limits and policies, beside an exact LRU
//             list and libcache under these
//   servers   sideline-server and redis-server with the same limit in bytes, one at which
//             redis-server holds 5, 10 and 25 % of the distinct keys
//   --trace   only this one
//   --check   fail if a difference is larger than what is promised (it has a '!')
//
// The exit code is 77 where there are no traces.

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <exception>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iostream>
#include <map>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include <libcache/miss_ratio_curve.h>
#include <libcache/options.h>

#include "bench/hitratio/exact_lru.h"
#include "bench/hitratio/library_replay.h"
#include "bench/hitratio/reference.h"
#include "bench/hitratio/server_replay.h"
#include "bench/hitratio/table.h"
#include "bench/hitratio/trace.h"

namespace bench {
namespace {

struct Arguments {
  std::string mode;
  std::filesystem::path traces = SIDELINE_TRACES;
  std::string trace;
  std::string json;
  std::string sideline = SIDELINE_SERVER;
  std::string redis = "redis-server";
  bool check = false;
};

/// Traces by name, unpacked when they are first wanted.
class Traces {
 public:
  explicit Traces(std::filesystem::path folder) : folder_(std::move(folder)) {}
  const Trace& operator[](const std::string& name) {
    const auto [found, is_new] = traces_.try_emplace(name);
    if (is_new) found->second = read_trace(folder_, name);
    return found->second;
  }

 private:
  std::filesystem::path folder_;
  std::map<std::string, Trace> traces_;
};

/// A policy of libcache, and what the simulator calls the same.
struct NamedPolicy {
  const char* name;
  libcache::Policy policy;
  double Reference::*reference;
};
constexpr std::array kPolicies = {
    NamedPolicy{"lru", libcache::Policy::kAllKeysLru, &Reference::exact_lru},
    NamedPolicy{"s3fifo", libcache::Policy::kAllKeysS3Fifo, &Reference::s3_fifo},
    NamedPolicy{"lfu", libcache::Policy::kAllKeysLfu, nullptr},
    NamedPolicy{"random", libcache::Policy::kAllKeysRandom, nullptr},
};

static_assert(std::ranges::equal(kPolicies, libcache::MissRatioCurve::kPolicies, {},
                                 &NamedPolicy::policy));

/// So many that the first request of a trace still counts nearly as much as the last.
int requests_a_ms(const Trace& trace) {
  constexpr std::size_t kLongestMs = 1'000'000;
  return static_cast<int>(trace.size() / kLongestMs + 1);
}

// What the engine chooses for a cache of a few MiB, and for one of 256 MiB on two processors.
constexpr std::array kShards = {0, 8};

// What is promised of them, as parts of all requests. A shard decides by itself whom to evict,
// which a list of all entries does better if shards have a handful each; no cache has so many that
// the engine chose.
constexpr Table::Bounds kNearReference = {-0.005, 0.005};
constexpr std::size_t kFewInAShard = 32;
constexpr Table::Bounds kEstimateError = {-0.02, 0.02};
constexpr Table::Bounds kNotBehindRedis = {.least = -0.002};

Table::Cell difference(double ours, double theirs, Table::Bounds bounds = {}) {
  return Table::Difference{ours - theirs, bounds};
}

void add_library_row(Table& table, const Reference& reference, const Trace& trace,
                     const NamedPolicy& policy, const Calibration& calibration) {
  const Replay ours = replay(trace, calibration, policy.policy);
  const double exact = exact_lru_hit_ratio(trace, static_cast<std::size_t>(std::lround(ours.held)));
  const bool has_few = reference.entries < kFewInAShard * ours.shards;
  const Table::Bounds to_reference = has_few ? Table::Bounds() : kNearReference;
  const bool is_lru = policy.policy == libcache::Policy::kAllKeysLru;
  const Table::Bounds to_exact = is_lru ? to_reference : Table::Bounds();
  std::vector<Table::Cell> cells = {reference.trace,
                                    reference.entries,
                                    policy.name,
                                    ours.shards,
                                    static_cast<std::size_t>(std::lround(ours.held)),
                                    ours.hit_ratio,
                                    exact,
                                    difference(ours.hit_ratio, exact, to_exact)};
  if (policy.reference == nullptr) {
    cells.resize(cells.size() + 2);
  } else {
    cells.emplace_back(reference.*policy.reference);
    cells.push_back(difference(ours.hit_ratio, reference.*policy.reference, to_reference));
  }
  table.add(std::cout, std::move(cells));
}

using Rows = std::function<void(const Reference&, const Trace&)>;

void for_each_reference(const Arguments& arguments, const Rows& add_rows) {
  Traces traces(arguments.traces);
  for (const Reference& reference : kReferences) {
    if (!arguments.trace.empty() && arguments.trace != reference.trace) continue;
    add_rows(reference, traces[reference.trace]);
  }
}

Table library(const Arguments& arguments) {
  Table table({"trace", "entries", "policy", "shards", "held", "ours", "exact_lru_of_held",
               "to_exact_lru", "reference", "to_reference"});
  for_each_reference(arguments, [&](const Reference& reference, const Trace& trace) {
    for (const int shards : kShards) {
      const Calibration calibration = calibrate(shards, reference.entries);
      for (const NamedPolicy& policy : kPolicies) {
        add_library_row(table, reference, trace, policy, calibration);
      }
    }
  });
  return table;
}

/// What libcache really does under a policy with `size` times the limit; LRU exactly.
double measured(const Trace& trace, Calibration calibration, const NamedPolicy& policy, double size,
                const Replay& at_limit) {
  if (policy.policy == libcache::Policy::kAllKeysLru) {
    return exact_lru_hit_ratio(trace, static_cast<std::size_t>(std::lround(size * at_limit.held)));
  }
  calibration.max_memory =
      static_cast<std::size_t>(std::lround(size * static_cast<double>(calibration.max_memory)));
  return replay(trace, calibration, policy.policy, requests_a_ms(trace)).hit_ratio;
}

Table curve(const Arguments& arguments) {
  constexpr int kPercent = 5;  // of the distinct keys, so that four times as much are not all
  constexpr std::size_t kBytes = std::size_t{32} << 20;  // 3404 sampled keys; 8192 from 81 MiB on
  using libcache::MissRatioCurve;
  Table table({"trace", "entries", "running", "policy", "size", "sampled_keys", "estimated",
               "measured", "difference"});
  for_each_reference(arguments, [&](const Reference& reference, const Trace& trace) {
    if (reference.percent != kPercent) return;
    const Calibration calibration = calibrate(1, reference.entries, kBytes);
    const Replay lru =
        replay(trace, calibration, libcache::Policy::kAllKeysLru, requests_a_ms(trace));
    std::array<MissRatioCurve, 2> estimates;
    for (std::size_t running = 0; running != estimates.size(); ++running) {
      estimates[running] =
          replay_for_curve(trace, calibration, kPolicies[running].policy, requests_a_ms(trace));
    }
    for (std::size_t policy = 0; policy != kPolicies.size(); ++policy) {
      for (std::size_t size = 0; size != MissRatioCurve::kSizes.size(); ++size) {
        const double times = MissRatioCurve::kSizes[size];
        const double exact = measured(trace, calibration, kPolicies[policy], times, lru);
        for (std::size_t running = 0; running != estimates.size(); ++running) {
          const double estimated = estimates[running].hit_ratio[policy][size];
          table.add(std::cout, {reference.trace, reference.entries, kPolicies[running].name,
                                kPolicies[policy].name, times, estimates[running].keys, estimated,
                                exact, difference(estimated, exact, kEstimateError)});
        }
      }
    }
  });
  return table;
}

Table servers(const Arguments& arguments) {
  constexpr int kSmallestPercent = 5;
  // So much that what an empty server uses is a small part of it.
  constexpr std::size_t kBytes = std::size_t{16} << 20;
  const Server sideline{arguments.sideline, {"--loglevel", "warning"}};
  const Server redis{arguments.redis,
                     {"--loglevel", "warning", "--save", "", "--appendonly", "no", "--hz", "500"}};
  Table table({"trace", "percent", "value_bytes", "limit_bytes", "ours", "redis", "to_redis",
               "held_ours", "held_redis", "exact_lru_of_held_ours", "exact_lru_of_held_redis"});
  for_each_reference(arguments, [&](const Reference& reference, const Trace& trace) {
    if (reference.percent < kSmallestPercent) return;
    const std::size_t value_bytes = kBytes / reference.entries;
    const auto life =
        std::lround(static_cast<double>(reference.entries) / (1 - reference.exact_lru));
    const Load load{limit_for(redis, reference.entries, value_bytes), value_bytes,
                    static_cast<std::size_t>(life)};
    const ServerReplay theirs = replay(trace, redis, load);
    const ServerReplay ours = replay(trace, sideline, load);
    table.add(std::cout, {reference.trace, static_cast<std::size_t>(reference.percent), value_bytes,
                          load.limit, ours.hit_ratio, theirs.hit_ratio,
                          difference(ours.hit_ratio, theirs.hit_ratio, kNotBehindRedis), ours.held,
                          theirs.held, exact_lru_hit_ratio(trace, ours.held),
                          exact_lru_hit_ratio(trace, theirs.held)});
  });
  return table;
}

struct Mode {
  std::string_view name;
  Table (*measure)(const Arguments& arguments);
};
constexpr std::array kModes = {Mode{"library", &library}, Mode{"curve", &curve},
                               Mode{"servers", &servers}};

const Mode* find_mode(std::string_view name) {
  for (const Mode& mode : kModes) {
    if (mode.name == name) return &mode;
  }
  return nullptr;
}

/// Takes "--check" or "--name=value"; false if it is something else.
bool take_option(Arguments& arguments, std::string_view text) {
  if (text == "--check") return arguments.check = true;
  const std::size_t equals = text.find('=');
  if (equals == std::string_view::npos) return false;
  const std::string_view name = text.substr(0, equals);
  const std::string_view value = text.substr(equals + 1);
  if (name == "--traces") {
    arguments.traces = value;
    return true;
  }
  constexpr std::array<std::pair<std::string_view, std::string Arguments::*>, 4> kOptions = {
      {{"--trace", &Arguments::trace},
       {"--json", &Arguments::json},
       {"--sideline", &Arguments::sideline},
       {"--redis", &Arguments::redis}}};
  for (const auto& [option, field] : kOptions) {
    if (name != option) continue;
    arguments.*field = value;
    return true;
  }
  return false;
}

Arguments parse(int argc, char** argv) {
  Arguments arguments;
  if (argc > 1) arguments.mode = argv[1];
  for (int i = 2; i < argc; ++i) {
    if (!take_option(arguments, argv[i])) {
      throw std::invalid_argument(std::string("unknown argument ") + argv[i]);
    }
  }
  if (find_mode(arguments.mode) == nullptr) {
    throw std::invalid_argument("say library, curve or servers first");
  }
  return arguments;
}

int run(const Arguments& arguments) {
  constexpr int kSkipped = 77;
  if (!std::filesystem::is_directory(arguments.traces)) {
    std::cerr << "no folder " << arguments.traces
              << ": say with --traces=FOLDER where the traces are\n";
    return kSkipped;
  }
  const Table table = find_mode(arguments.mode)->measure(arguments);
  if (!arguments.json.empty()) {
    std::ofstream file(arguments.json);
    table.write_json(file);
    if (!file.flush()) throw std::runtime_error("cannot write " + arguments.json);
  }
  if (arguments.check && table.excesses() != 0) {
    throw std::runtime_error(std::to_string(table.excesses()) + " differences are too large");
  }
  return 0;
}

}  // namespace
}  // namespace bench

int main(int argc, char** argv) {
  try {
    return bench::run(bench::parse(argc, argv));
  } catch (const std::invalid_argument& error) {
    std::cerr << "hitratio_benchmark: " << error.what() << '\n';
    return 2;
  } catch (const std::exception& error) {
    std::cerr << "hitratio_benchmark: " << error.what() << '\n';
    return 1;
  }
}
