#pragma once

#include <array>
#include <cstddef>
#include <span>
#include <string_view>

#include "server/command/dispatcher.h"
#include "server/resp/request_parser.h"

namespace sideline::net {

/// Requests of one connection that have been parsed and not run: as many as have arrived, up to
/// kMost, so that the dispatcher can prepare and run them together.
///
/// They are views into the input (or the parser), which may not change while there are any. All
/// connections of a thread use one object in turn, 8 KiB that stay in the processor's cache: who
/// gives it up before all have run parses the rest again. Not thread-safe.
class Pipeline {
 public:
  static constexpr std::size_t kMost = 64;

  /// Parses what `input` begins with, and forgets what was in it; `limits.authenticated` false: one
  /// request, as it may change what the next one may be. Returns why it ended: kRequest if there is
  /// more to parse, though not now.
  resp::RequestParser::Result fill(std::string_view input, resp::RequestParser& parser,
                                   const resp::ParserLimits& limits);

  [[nodiscard]] bool empty() const { return next_ == size_; }
  /// Those that are left, in order.
  [[nodiscard]] std::span<command::Request> requests() {
    return std::span(requests_).subspan(next_, size_ - next_);
  }
  /// Drops the first `count` of them and returns how many bytes of the input they took.
  std::size_t pop(std::size_t count);

  void clear();

 private:
  static constexpr std::size_t kArguments = 256;  // twice what 64 plain GETs have

  const char* read_plain(const char* at, const char* end, std::size_t max_bulk);
  const char* read_repetition(const char* at, const char* end, std::size_t max_bulk);
  void add(std::span<const std::string_view> arguments, const char* end, bool repeats);

  std::array<std::string_view, kArguments> arguments_;
  std::span<std::string_view> room_;  // those that are free
  std::array<command::Request, kMost> requests_;
  std::array<const char*, kMost> ends_;  // of each request
  std::size_t size_ = 0;
  std::size_t next_ = 0;         // those before it have been dropped
  const char* begin_ = nullptr;  // of the request that is next
  // What the last request began with, if it was plain: up to the end of its first argument.
  std::string_view head_;
};

}  // namespace sideline::net
