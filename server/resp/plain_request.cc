#include "server/resp/plain_request.h"

#include <span>

namespace sideline::resp {
namespace {

constexpr std::size_t kShortestArgument = std::string_view("$0\r\n\r\n").size();

}  // namespace

const char* read_plain_request(const char* at, const char* end, std::size_t max_arguments,
                               std::size_t max_bulk, std::vector<std::string_view>& arguments) {
  std::size_t missing = 0;
  if (at == end || *at != '*') return nullptr;
  at = read_plain_number(at + 1, end, missing);
  if (at == nullptr || missing > max_arguments) return nullptr;
  if (missing > static_cast<std::size_t>(end - at) / kShortestArgument) return nullptr;
  const std::size_t before = arguments.size();
  arguments.resize(before + missing);
  for (std::string_view& argument : std::span(arguments).subspan(before)) {
    at = read_plain_argument(at, end, max_bulk, argument);
    if (at == nullptr) {
      arguments.resize(before);
      return nullptr;
    }
  }
  return at;
}

}  // namespace sideline::resp
