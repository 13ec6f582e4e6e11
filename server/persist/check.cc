#include "server/persist/check.h"

#include <atomic>
#include <numeric>
#include <string_view>
#include <utility>
#include <variant>

#include "server/persist/inspect.h"
#include "server/persist/snapshot_input.h"

namespace sideline::persist {

CheckResult check(const std::string& path, const config::Settings& settings) {
  CheckResult result;
  auto opened = open_snapshot(path);
  if (auto* const failure = std::get_if<Failure>(&opened)) {
    result.failure = std::move(*failure);
    return result;
  }
  const auto& input = std::get<SnapshotInput>(opened);
  const std::atomic<bool> never{false};
  std::uint64_t left_out = 0;
  auto inspected = inspect(input,
                           {.databases = settings.databases,
                            .largest_value = largest_value(settings.maxmemory),
                            .checksum = settings.rdbchecksum,
                            .cancelled = never},
                           [&](int, std::string_view, std::string_view) { ++left_out; });
  if (auto* const failure = std::get_if<Failure>(&inspected)) {
    result.failure = std::move(*failure);
    return result;
  }
  const auto& contents = std::get<Contents>(inspected);
  return {.failure = {},
          .keys = std::reduce(contents.entries.begin(), contents.entries.end()),
          .left_out = left_out,
          .functions = contents.functions};
}

}  // namespace sideline::persist
