#include <array>
#include <chrono>
#include <limits>
#include <string>

#include "server/admin/exposition.h"
#include "server/admin/utf8.h"
#include "server/command/core/server.h"

// What the cache does, and where its memory is.
namespace sideline::admin {
namespace {

using Facts = const command::InfoFacts&;
using std::chrono::minutes;

constexpr auto kCounter = MetricType::kCounter;
constexpr auto kGauge = MetricType::kGauge;

constexpr double kMsPerSecond = 1000;

/// NaN says that nothing was read.
void hit_ratios(Facts f, Samples& s) {
  const auto ratio = [&](minutes window) {
    return f.hit_ratio(window).value_or(std::numeric_limits<double>::quiet_NaN());
  };
  s.add(ratio(minutes(1)), {{"window", "1m"}});
  s.add(ratio(minutes(5)), {{"window", "5m"}});
  s.add(ratio(minutes(60)), {{"window", "60m"}});
}

void miss_reasons(Facts f, Samples& s) {
  if (!f.settings.metrics_miss_reasons) return;
  const libcache::MissReasons& reasons = f.stats.total.miss_reasons;
  s.add(reasons.cold, {{"reason", "cold"}});
  s.add(reasons.erased, {{"reason", "erased"}});
  s.add(reasons.expired, {{"reason", "expired"}});
  s.add(reasons.evicted, {{"reason", "evicted"}});
}

void expiry_lag(Facts f, Samples& s) {
  const libcache::ShardStats& total = f.stats.total;
  s.summary(total.reclaimed_expiries, static_cast<double>(total.expiry_lag_ms) / kMsPerSecond);
}

template <typename Size>
void for_each_database(Facts f, Samples& s, Size size) {
  for (int database = 0; database < f.server.databases; ++database) {
    s.add(std::uint64_t{size(database)}, {{"db", std::to_string(database)}});
  }
}

template <auto kMember>
void by_prefix(Facts f, Samples& s) {
  for (const libcache::PrefixStats& prefix : f.stats.prefixes) {
    s.add(prefix.*kMember, {{"prefix", utf8(prefix.prefix)}});
  }
}

void memory_by_kind(Facts f, Samples& s) {
  const libcache::ShardStats& total = f.stats.total;
  s.add(total.item_memory, {{"kind", "items"}});
  s.add(total.large_memory, {{"kind", "large_values"}});
  s.add(total.index_memory, {{"kind", "index"}});
  s.add(total.overhead_memory, {{"kind", "overhead"}});
}

using Prefix = libcache::PrefixStats;

constexpr std::array kCache = {
    Metric{"sideline_hits_total", kCounter, "", "", "Reads that found their key",
           [](Facts f, Samples& s) { s.add(f.stats.total.hits); }},
    Metric{"sideline_misses_total", kCounter, "", "", "Reads that did not find their key",
           [](Facts f, Samples& s) { s.add(f.stats.total.misses); }},
    Metric{"sideline_misses_by_reason_total", kCounter, "", "reason",
           "Misses by why the key was not there: never (or longer ago than is remembered), erased, "
           "expired, evicted; with metrics-miss-reasons only",
           miss_reasons},
    Metric{"sideline_hit_ratio", kGauge, "ratio", "window",
           "Part of the reads of the last minutes that found their key; NaN if there were none",
           hit_ratios},
    Metric{"sideline_sets_total", kCounter, "", "", "Values that were stored",
           [](Facts f, Samples& s) { s.add(f.stats.total.sets); }},
    Metric{"sideline_erases_total", kCounter, "", "", "Keys that were erased by request",
           [](Facts f, Samples& s) { s.add(f.stats.total.erases); }},
    Metric{"sideline_evictions_total", kCounter, "", "", "Keys that had to go to make room",
           [](Facts f, Samples& s) { s.add(f.stats.total.evictions); }},
    Metric{"sideline_expiries_total", kCounter, "", "", "Keys that ended at their deadline",
           [](Facts f, Samples& s) { s.add(f.stats.total.expiries); }},
    Metric{"sideline_expiry_lag_seconds", MetricType::kSummary, "seconds", "",
           "Time from the deadline of keys to their reclaim, of those that no request came upon "
           "first",
           expiry_lag},
    Metric{"sideline_keys", kGauge, "", "db", "Keys there are",
           [](Facts f, Samples& s) {
             for_each_database(f, s, [&](int db) { return f.server.cache.size(db); });
           }},
    Metric{"sideline_keys_with_deadline", kGauge, "", "db", "Keys that will expire",
           [](Facts f, Samples& s) {
             for_each_database(f, s, [&](int db) { return f.server.cache.size_with_deadline(db); });
           }},
    Metric{"sideline_prefix_hits_total", kCounter, "", "prefix",
           "Reads that found a key that begins with a prefix of metrics-prefix",
           by_prefix<&Prefix::hits>},
    Metric{"sideline_prefix_misses_total", kCounter, "", "prefix",
           "Reads that did not find such a key", by_prefix<&Prefix::misses>},
    Metric{"sideline_prefix_sets_total", kCounter, "", "prefix",
           "Values that were stored under such a key", by_prefix<&Prefix::sets>},
    Metric{"sideline_prefix_keys", kGauge, "", "prefix", "Such keys there are",
           by_prefix<&Prefix::entries>},
    Metric{"sideline_prefix_data_bytes", kGauge, "bytes", "prefix",
           "Such keys and their values take", by_prefix<&Prefix::bytes>},
};

constexpr std::array kMemory = {
    Metric{"sideline_memory_bytes", kGauge, "bytes", "kind",
           "Memory that is charged to maxmemory; the sum over all kinds is what it bounds",
           memory_by_kind},
    Metric{"sideline_memory_limit_bytes", kGauge, "bytes", "", "maxmemory; 0 is no limit",
           [](Facts f, Samples& s) { s.add(std::uint64_t{f.stats.max_memory}); }},
    Metric{"sideline_memory_peak_bytes", kGauge, "bytes", "",
           "The most memory that was ever charged",
           [](Facts f, Samples& s) { s.add(std::uint64_t{f.stats.peak_memory}); }},
    Metric{"sideline_key_bytes", kGauge, "bytes", "", "All keys themselves",
           [](Facts f, Samples& s) { s.add(f.stats.total.key_bytes); }},
    Metric{"sideline_value_bytes", kGauge, "bytes", "", "All values themselves",
           [](Facts f, Samples& s) { s.add(f.stats.total.value_bytes); }},
};

}  // namespace

std::span<const Metric> cache_metrics() { return kCache; }
std::span<const Metric> memory_metrics() { return kMemory; }

}  // namespace sideline::admin
