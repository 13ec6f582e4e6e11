#pragma once

#include <chrono>
#include <cstddef>
#include <memory>
#include <vector>

#include <libcache/key.h>
#include <libcache/removal.h>
#include <libcache/stats.h>

#include "departures.h"
#include "item.h"
#include "prefix_rules.h"
#include "removal_notifier.h"

namespace libcache {

struct ShardEnvironment;

/// What the options ask for beyond a shard's own counters: a listener for removals, reasons of
/// misses, figures by prefix. A shard has one, guarded by its lock, only if one of these is asked
/// for.
class Observer {
 public:
  /// Null if there is nothing to observe.
  [[nodiscard]] static std::unique_ptr<Observer> of(const ShardEnvironment& environment);
  explicit Observer(const ShardEnvironment& environment);

  void hit(Key key);
  /// `negative`: there is an entry that says so.
  void missed(Key key, KeyHash hash, bool negative);
  void set(Key key);
  void loaded(Key key, bool failed, std::chrono::nanoseconds took);

  /// An item has key and value now,
  void stored(const Item& at) { add(at, prefixes_); }
  /// or is about to lose them.
  void dropped(const Item& at);

  /// An entry of a database ends; its item is still whole.
  void removed(const Item& at, int database, RemovalCause cause);
  /// The end of one whose database was cleared.
  void cleared(const Item& at, int database);

  [[nodiscard]] const MissReasons& miss_reasons() const { return miss_reasons_; }
  /// In the order of the rules; their prefixes are empty.
  [[nodiscard]] const std::vector<PrefixStats>& prefixes() const { return prefixes_; }
  /// Adds an entry to the gauges of its prefix in `figures`, which are in that order too.
  void add(const Item& at, std::vector<PrefixStats>& figures) const;
  void reset_counters();
  /// The limit of the cache changes, and with it how much is remembered of what left: it is
  /// forgotten then. May throw std::bad_alloc.
  void set_limit(std::size_t limit);
  /// What it takes of the limit.
  [[nodiscard]] std::size_t bytes() const;

 private:
  /// Those of the key's prefix, among `figures` of all; null if it has none.
  [[nodiscard]] PrefixStats* figures_of(std::string_view key,
                                        std::vector<PrefixStats>& figures) const;
  void tell(const Item& at, int database, RemovalCause cause);

  const ShardEnvironment& environment_;
  std::unique_ptr<Departures> departures_;  // null: no reasons are asked for
  MissReasons miss_reasons_;
  std::vector<PrefixStats> prefixes_;
};

}  // namespace libcache
