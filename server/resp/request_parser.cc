#include "server/resp/request_parser.h"

#include <algorithm>
#include <cstring>

#include "server/resp/inline_arguments.h"
#include "server/resp/integer.h"
#include "server/resp/plain_request.h"

namespace sideline::resp {
namespace {

// Before a peer has authenticated: enough for AUTH and HELLO, too little to be used to fill memory.
constexpr std::int64_t kUnauthenticatedArguments = 10;
constexpr std::size_t kUnauthenticatedBulk = 16'384;

// Memory that a parser keeps between requests: 32 bytes an argument, so 4 KiB, and as much for
// quoted inline arguments. A request of more is rare, and its memory is freed when it is done.
constexpr std::size_t kKeptArguments = 128;
constexpr std::size_t kKeptDecoded = 4096;

template <typename Container>
void release_above(Container& container, std::size_t kept) {
  if (container.capacity() > kept) Container().swap(container);
}

}  // namespace

RequestParser::Result RequestParser::parse(std::string_view input, const ParserLimits& limits) {
  if (phase_ == Phase::kFailed) return Result::kError;
  if (phase_ == Phase::kComplete) begin();
  if (phase_ == Phase::kStart) {
    if (input.empty()) return need(1);
    phase_ = input.front() == '*' ? Phase::kCount : Phase::kInline;
  }
  if (phase_ == Phase::kInline) return read_inline(input, limits);
  if (phase_ == Phase::kCount) {
    if (const Stop stop = read_count(input, limits)) return *stop;
  }
  return read_arguments(input, limits);
}

void RequestParser::begin() {
  phase_ = Phase::kStart;
  position_ = 0;
  scanned_ = 0;
  extents_.clear();
  release_above(extents_, kKeptArguments);
  release_above(arguments_, kKeptArguments);
  release_above(decoded_, kKeptDecoded);
}

RequestParser::Result RequestParser::read_inline(std::string_view input,
                                                 const ParserLimits& limits) {
  std::string_view line;
  const Stop stop = find_line(input, '\n', limits.max_inline, "too big inline request", line);
  if (stop) return *stop;
  if (line.ends_with('\r')) line.remove_suffix(1);
  if (!split_inline(line, decoded_, arguments_)) return fail("unbalanced quotes in request");
  ++position_;
  phase_ = Phase::kComplete;
  return Result::kRequest;
}

RequestParser::Stop RequestParser::read_count(std::string_view input, const ParserLimits& limits) {
  std::int64_t count = 0;
  std::size_t number = 0;
  const char* const begin = input.data();
  if (const char* next = read_plain_number(begin + 1, begin + input.size(), number)) {
    count = static_cast<std::int64_t>(number);
    position_ = static_cast<std::size_t>(next - begin);
  } else {
    std::string_view line;
    const Stop stop = find_line(input, '\r', limits.max_inline, "too big mbulk count string", line);
    if (stop) return stop;
    const auto parsed = parse_integer(line.substr(1));
    if (!parsed) return fail("invalid multibulk length");
    count = *parsed;
    position_ += kLineEnd;
  }
  missing_ = static_cast<std::uint64_t>(std::max<std::int64_t>(count, 0));
  if (missing_ > limits.max_arguments) return fail("invalid multibulk length");
  if (count > kUnauthenticatedArguments && !limits.authenticated) {
    return fail("unauthenticated multibulk length");
  }
  phase_ = Phase::kLength;
  return std::nullopt;
}

RequestParser::Result RequestParser::read_arguments(std::string_view input,
                                                    const ParserLimits& limits) {
  for (;;) {
    if (phase_ == Phase::kLength) {
      take_plain_arguments(input, limits);
      if (missing_ == 0) return complete(input);
      if (const Stop stop = read_length(input, limits)) return *stop;
    }
    const std::size_t end = position_ + bulk_ + kLineEnd;
    if (input.size() < end) return need(end - input.size());
    extents_.push_back({position_, bulk_});
    position_ = end;
    phase_ = Phase::kLength;
    --missing_;
  }
}

/// The short way for what nearly all arguments are. Stops at the first that is not plain.
void RequestParser::take_plain_arguments(std::string_view input, const ParserLimits& limits) {
  const std::size_t max_bulk =
      limits.authenticated ? limits.max_bulk : std::min(limits.max_bulk, kUnauthenticatedBulk);
  const char* const begin = input.data();
  const char* at = begin + position_;
  for (; missing_ != 0; --missing_) {
    std::string_view argument;
    const char* const next = read_plain_argument(at, begin + input.size(), max_bulk, argument);
    if (next == nullptr) break;
    extents_.push_back({static_cast<std::size_t>(argument.data() - begin), argument.size()});
    at = next;
  }
  position_ = static_cast<std::size_t>(at - begin);
}

RequestParser::Stop RequestParser::read_length(std::string_view input, const ParserLimits& limits) {
  std::string_view line;
  const Stop stop = find_line(input, '\r', limits.max_inline, "too big bulk count string", line);
  if (stop) return stop;
  if (!line.starts_with('$')) {
    // Redis prints the byte, but never a line break within an error.
    const bool line_break = line.empty() || line.front() == '\n';
    return fail(std::string("expected '$', got '") + (line_break ? ' ' : line.front()) + "'");
  }
  const auto length = parse_integer(line.substr(1));
  if (!length || *length < 0 || static_cast<std::uint64_t>(*length) > limits.max_bulk) {
    return fail("invalid bulk length");
  }
  bulk_ = static_cast<std::size_t>(*length);
  if (bulk_ > kUnauthenticatedBulk && !limits.authenticated) {
    return fail("unauthenticated bulk length");
  }
  position_ += kLineEnd;
  phase_ = Phase::kBytes;
  return std::nullopt;
}

/// Finds the line at position_ that ends with `end`, and moves position_ to that byte.
RequestParser::Stop RequestParser::find_line(std::string_view input, char end, std::size_t max,
                                             std::string_view too_long, std::string_view& line) {
  const std::size_t limit = std::min(input.size(), position_ + max + 1);
  scanned_ = std::max(scanned_, position_);
  const std::size_t found = input.substr(0, limit).find(end, scanned_);
  if (found == std::string_view::npos) {
    scanned_ = limit;
    return limit - position_ > max ? fail(too_long) : need(1);
  }
  scanned_ = found;
  // The byte behind a '\r' belongs to the line as well.
  if (end == '\r' && found + 1 == input.size()) return need(1);
  line = input.substr(position_, found - position_);
  position_ = found;
  return std::nullopt;
}

RequestParser::Result RequestParser::complete(std::string_view input) {
  arguments_.clear();
  for (const Extent& extent : extents_) {
    arguments_.push_back(input.substr(extent.offset, extent.size));
  }
  phase_ = Phase::kComplete;
  return Result::kRequest;
}

RequestParser::Result RequestParser::need(std::size_t bytes) {
  wanted_ = bytes;
  return Result::kNeedMore;
}

RequestParser::Result RequestParser::fail(std::string_view what) {
  phase_ = Phase::kFailed;
  error_ = "ERR Protocol error: ";
  error_ += what;
  return Result::kError;
}

}  // namespace sideline::resp
