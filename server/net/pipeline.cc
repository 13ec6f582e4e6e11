#include "server/net/pipeline.h"

#include "server/resp/plain_request.h"

namespace sideline::net {
namespace {

// Memory that is kept between reads: 4 KiB of arguments, twice what 64 plain GETs have.
constexpr std::size_t kKeptArguments = 256;

}  // namespace

resp::RequestParser::Result Pipeline::fill(std::string_view input, resp::RequestParser& parser,
                                           const resp::ParserLimits& limits) {
  using Result = resp::RequestParser::Result;
  clear();
  const std::size_t most = limits.authenticated ? kMost : 1;
  Result result = Result::kRequest;
  const char* at = input.data();
  const char* const end = at + input.size();
  for (bool again = true; again && requests_.size() < most;) {
    if (limits.authenticated && !parser.busy()) {
      if (const char* const next = read_plain(at, end, limits)) {
        at = next;
        continue;
      }
    }
    result = parser.parse({at, end}, limits);
    if (result != Result::kRequest) break;
    const auto arguments = parser.arguments();
    arguments_.insert(arguments_.end(), arguments.begin(), arguments.end());
    add(arguments.size(), parser.consumed());
    // The arguments of an inline request may lie in the parser.
    again = *at == '*';
    at += parser.consumed();
  }
  // Only now do the arguments stay where they are.
  const std::string_view* argument = arguments_.data();
  for (command::Request& request : requests_) {
    request.args = {argument, request.args.size()};
    argument += request.args.size();
  }
  return result;
}

/// Adds a request that is plain and all there. Returns the first byte behind it; null: it is not.
const char* Pipeline::read_plain(const char* at, const char* end,
                                 const resp::ParserLimits& limits) {
  const std::size_t before = arguments_.size();
  const char* const next =
      resp::read_plain_request(at, end, limits.max_arguments, limits.max_bulk, arguments_);
  if (next != nullptr) add(arguments_.size() - before, static_cast<std::size_t>(next - at));
  return next;
}

/// Adds a request of so many arguments: those that arguments_ ends with.
void Pipeline::add(std::size_t arguments, std::size_t bytes) {
  requests_.push_back({.args = std::span(arguments_).last(arguments)});
  bytes_.push_back(bytes);
}

void Pipeline::clear() {
  if (arguments_.capacity() > kKeptArguments) arguments_ = {};
  arguments_.clear();
  requests_.clear();
  bytes_.clear();
  next_ = 0;
}

}  // namespace sideline::net
