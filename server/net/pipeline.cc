#include "server/net/pipeline.h"

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
  bool again = true;
  for (std::size_t begin = 0; again && requests_.size() < most; begin += parser.consumed()) {
    result = parser.parse(input.substr(begin), limits);
    if (result != Result::kRequest) break;
    add(parser.arguments(), parser.consumed());
    // The arguments of an inline request may lie in the parser.
    again = input[begin] == '*';
  }
  // Only now do the arguments stay where they are.
  const std::string_view* at = arguments_.data();
  for (command::Request& request : requests_) {
    request.args = {at, request.args.size()};
    at += request.args.size();
  }
  return result;
}

void Pipeline::add(std::span<const std::string_view> arguments, std::size_t bytes) {
  arguments_.insert(arguments_.end(), arguments.begin(), arguments.end());
  requests_.push_back({.args = arguments});
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
