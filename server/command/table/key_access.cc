#include "server/command/table/key_access.h"

#include <algorithm>
#include <cstddef>

#include "server/config/letter_case.h"

namespace sideline::command {

std::uint32_t key_access(const KeyRange& range, std::span<const std::string_view> request) {
  if ((range.access & kVariableFlags) == 0) return range.access;
  const auto options = request.subspan(std::min<std::size_t>(3, request.size()));
  const bool reads = std::any_of(options.begin(), options.end(), [](std::string_view option) {
    return config::same_ignoring_case(option, "get");
  });
  return reads ? kRW | kAccess | kUpdate : kOW | kUpdate;
}

}  // namespace sideline::command
