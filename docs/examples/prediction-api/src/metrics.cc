#include "metrics.h"

#include <array>

#include <prometheus/text_serializer.h>

namespace prediction {
namespace {

/// Upper bounds in seconds: a hit takes less than a millisecond, a model seconds.
const prometheus::Histogram::BucketBoundaries kBuckets = {
    0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30};

}  // namespace

std::string_view name_of(Source source) {
  constexpr std::array<std::string_view, 3> kNames = {"hit", "miss", "bypass"};
  return kNames.at(static_cast<std::size_t>(source));
}

Metrics::Metrics()
    : requests_(prometheus::BuildCounter()
                    .Name("prediction_http_requests_total")
                    .Help("Requests, by method, route and status")
                    .Register(registry_)),
      seconds_(prometheus::BuildHistogram()
                   .Name("prediction_http_request_duration_seconds")
                   .Help("From a request's last byte until there is an answer")
                   .Register(registry_)),
      answers_(prometheus::BuildCounter()
                   .Name("prediction_cache_answers_total")
                   .Help("Predictions by what the cache did: hit, miss, or bypass when it was down")
                   .Register(registry_)),
      hits_(answers_.Add({{"result", "hit"}})),
      misses_(answers_.Add({{"result", "miss"}})),
      bypasses_(answers_.Add({{"result", "bypass"}})),
      model_runs_(prometheus::BuildCounter()
                      .Name("prediction_model_runs_total")
                      .Help("Predictions that the model computed")
                      .Register(registry_)
                      .Add({})) {}

void Metrics::count_request(std::string_view method, std::string_view route, unsigned status,
                            std::chrono::duration<double> took) {
  const std::string route_label(route);
  requests_
      .Add({{"method", std::string(method)},
            {"route", route_label},
            {"status", std::to_string(status)}})
      .Increment();
  seconds_.Add({{"route", route_label}}, kBuckets).Observe(took.count());
}

void Metrics::count_answer(Source source) {
  switch (source) {
    case Source::kHit:
      return hits_.Increment();
    case Source::kMiss:
      return misses_.Increment();
    case Source::kBypass:
      return bypasses_.Increment();
  }
}

void Metrics::set_gauge(const std::string& name, const std::string& help, double value) {
  prometheus::BuildGauge().Name(name).Help(help).Register(registry_).Add({}).Set(value);
}

std::string Metrics::exposition(const Gauges& gauges) {
  const double answers = hits_.Value() + misses_.Value() + bypasses_.Value();
  set_gauge("prediction_cache_hit_ratio", "Hits by answers since the start; 0 before the first",
            answers == 0 ? 0 : hits_.Value() / answers);
  set_gauge("prediction_cache_up", "1 if the cache answers", gauges.cache_up ? 1 : 0);
  set_gauge("prediction_database_up", "1 if the database answers", gauges.database_up ? 1 : 0);
  const auto size = [](std::size_t number) { return static_cast<double>(number); };
  set_gauge("prediction_database_connections", "Open connections to the database",
            size(gauges.database_connections));
  set_gauge("prediction_database_idle_connections", "Those of them that nobody uses",
            size(gauges.database_idle));
  set_gauge("prediction_http_sessions", "Connections of clients", size(gauges.sessions));
  model_runs_.Increment(gauges.model_runs - model_runs_.Value());
  return prometheus::TextSerializer().Serialize(registry_.Collect());
}

}  // namespace prediction
