#pragma once

#include <cstddef>
#include <span>
#include <string_view>
#include <vector>

#include "server/command/dispatcher.h"
#include "server/resp/request_parser.h"

namespace sideline::net {

/// The requests of one connection that have been parsed and not run: as many as have arrived, up to
/// kMost, so that the dispatcher can prepare them together.
///
/// They are views into the input, so none of it may move while there are any. Not thread-safe.
class Pipeline {
 public:
  static constexpr std::size_t kMost = 64;

  /// Parses what `input` begins with; `limits.authenticated` false: one request, as it may change
  /// what the next one may be. Returns why it ended: kRequest if there is more to parse, though
  /// not now. Precondition: empty().
  resp::RequestParser::Result fill(std::string_view input, resp::RequestParser& parser,
                                   const resp::ParserLimits& limits);

  [[nodiscard]] bool empty() const { return next_ == requests_.size(); }
  /// Those that are left, in order.
  [[nodiscard]] std::span<command::Request> requests() {
    return std::span(requests_).subspan(next_);
  }
  /// Precondition of both: not empty().
  [[nodiscard]] const command::Request& front() const { return requests_[next_]; }
  /// Returns how many bytes of the input the first request took.
  std::size_t pop() { return bytes_[next_++]; }

  void clear();

 private:
  const char* read_plain(const char* at, const char* end, const resp::ParserLimits& limits);
  void add(std::size_t arguments, std::size_t bytes);

  std::vector<std::string_view> arguments_;  // of all requests
  std::vector<command::Request> requests_;
  std::vector<std::size_t> bytes_;  // that each request took of the input
  std::size_t next_ = 0;
};

}  // namespace sideline::net
