#include "bench/network/load/results_json.h"

#include <iomanip>
#include <sstream>

namespace load {
namespace {

constexpr double kNsPerUs = 1000;

double microseconds(std::int64_t nanoseconds) {
  return static_cast<double>(nanoseconds) / kNsPerUs;
}

/// A text that the server sent, with what JSON does not allow taken out.
std::string quoted(const std::string& text) {
  std::string out = "\"";
  for (const char c : text) out += c < ' ' || c > '~' || c == '"' || c == '\\' ? '?' : c;
  return out + '"';
}

double per_second(const Results& results) {
  return results.seconds == 0 ? 0 : static_cast<double>(results.operations) / results.seconds;
}

double cpu_per_operation(const Results& results) {
  return results.operations == 0
             ? 0
             : microseconds(results.server_cpu_ns) / static_cast<double>(results.operations);
}

}  // namespace

std::string to_json(const Results& results) {
  const Histogram& latency = results.latency;
  std::ostringstream out;
  out << std::fixed << std::setprecision(4);
  out << "{\"seconds\": " << results.seconds << ", \"operations\": " << results.operations
      << ", \"ops_per_second\": " << per_second(results)
      << ", \"server_cpu_us\": " << microseconds(results.server_cpu_ns)
      << ", \"server_cpu_us_per_op\": " << cpu_per_operation(results)
      << ", \"hits\": " << results.hits << ", \"hit_bytes\": " << results.hit_bytes
      << ", \"misses\": " << results.misses << ", \"errors\": " << results.errors
      << ", \"first_error\": " << quoted(results.first_error) << ", \"lost\": " << results.lost
      << ",\n \"latency_us\": {\"count\": " << latency.count()
      << ", \"mean\": " << latency.mean() / kNsPerUs
      << ", \"p50\": " << microseconds(latency.quantile(0.5))
      << ", \"p99\": " << microseconds(latency.quantile(0.99))
      << ", \"p99.9\": " << microseconds(latency.quantile(0.999))
      << ", \"p99.99\": " << microseconds(latency.quantile(0.9999))
      << ", \"max\": " << microseconds(latency.max()) << "},\n \"interval_max_us\": [";
  for (std::size_t i = 0; i < results.interval_max_ns.size(); ++i) {
    out << (i == 0 ? "" : ", ") << microseconds(results.interval_max_ns[i]);
  }
  out << "]}\n";
  return out.str();
}

}  // namespace load
