#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include <prometheus/counter.h>
#include <prometheus/family.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>

#include "cache.h"

namespace prediction {

/// What Prometheus scrapes. Any thread may use it.
class Metrics {
 public:
  Metrics();

  /// `route` is a pattern, not a path: one series for each.
  void count_request(std::string_view method, std::string_view route, unsigned status,
                     std::chrono::duration<double> took);
  void count_answer(Source source);

  /// What is asked for at the time of a scrape.
  struct Gauges {
    bool cache_up;
    bool database_up;
    std::size_t database_connections;
    std::size_t database_idle;
    std::size_t sessions;
    double model_runs;
  };

  /// In Prometheus's text format.
  std::string exposition(const Gauges& gauges);

 private:
  void set_gauge(const std::string& name, const std::string& help, double value);

  prometheus::Registry registry_;
  prometheus::Family<prometheus::Counter>& requests_;
  prometheus::Family<prometheus::Histogram>& seconds_;
  prometheus::Family<prometheus::Counter>& answers_;
  prometheus::Counter& hits_;
  prometheus::Counter& misses_;
  prometheus::Counter& bypasses_;
  prometheus::Counter& model_runs_;
};

/// "hit", "miss" or "bypass".
std::string_view name_of(Source source);

}  // namespace prediction
