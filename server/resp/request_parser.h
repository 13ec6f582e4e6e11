#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace sideline::resp {

/// What a request must keep. The defaults are Redis's.
struct ParserLimits {
  std::size_t max_bulk = std::size_t{512} << 20;  ///< bytes of one argument (proto-max-bulk-len)
  std::size_t max_arguments = 2'147'483'647;      ///< arguments of one request
  std::size_t max_inline = 65'536;  ///< bytes of an inline request or header line; at least 10
  bool authenticated = true;        ///< when false: at most 10 arguments of at most 16 KiB each
};

/// Turns bytes into requests, one at a time: RESP arrays of bulk strings and inline commands, with
/// the rules and the error texts of Redis 7.2. Never touches a socket and never throws on any
/// input. The work is linear in the bytes however they are cut: a partial request is not read
/// again. Nothing is allocated ahead for what a peer only announced. Not thread-safe; belongs to
/// one connection.
///
///     switch (parser.parse(buffer.unread(), limits)) {
///       case Result::kRequest:  run(parser.arguments()); buffer.consume(parser.consumed()); break;
///       case Result::kNeedMore: read(parser.wanted()); break;
///       case Result::kError:    reply.error(parser.error()); close(); break;
///     }
///
/// Who parses ahead of the execution of requests must not do so while `authenticated` is false: the
/// request before may be the one that changes it.
///
/// Two answers differ from Redis, which looks for the end of a line with C string functions. A NUL
/// byte is a byte like others here, while Redis waits for 64 KiB behind it. And a line is too
/// long if its end lies beyond the limit; in Redis that depends on how the peer's packets arrive.
class RequestParser {
 public:
  enum class Result { kNeedMore, kRequest, kError };

  /// Goes on with the request that starts at the first byte of `input`. After kNeedMore the next
  /// call must pass the same bytes again (they may have moved) with more behind them. After
  /// kRequest the caller drops consumed() bytes and may parse the next request. After kError the
  /// parser stays in error.
  Result parse(std::string_view input, const ParserLimits& limits);

  /// Forgets the request that is under way: the next parse() starts at the first byte of its input.
  void restart() { phase_ = Phase::kComplete; }

  /// Whether a request is under way, or an error: otherwise the next one may be read without this
  /// parser.
  [[nodiscard]] bool busy() const { return phase_ != Phase::kStart && phase_ != Phase::kComplete; }

  /// After kRequest, until the next parse(): the arguments, views into `input`; inline arguments
  /// with quotes are views into the parser. Empty for a blank request (an empty line, `*0`, `*-1`),
  /// which gets no reply.
  [[nodiscard]] std::span<const std::string_view> arguments() const { return arguments_; }

  /// After kRequest: the bytes of `input` that the request took.
  [[nodiscard]] std::size_t consumed() const { return position_; }

  /// After kNeedMore: how many more bytes are needed at least (a bulk string of known length); 1 if
  /// that is not known. Lets the reader size its buffer, but is a peer's claim of up to
  /// `max_bulk` bytes: what it really sends should set the pace of growth.
  [[nodiscard]] std::size_t wanted() const { return wanted_; }

  /// After kError: the reply's text with its code, e.g. "ERR Protocol error: invalid bulk length".
  [[nodiscard]] std::string_view error() const { return error_; }

 private:
  /// What the bytes at position_ are.
  enum class Phase : std::uint8_t {
    kStart,     // the first byte of a request
    kInline,    // an inline request
    kCount,     // the line "*<count>"
    kLength,    // the line "$<length>" of the next argument
    kBytes,     // the bulk_ bytes of the next argument, and two that end it
    kComplete,  // nothing of this request: arguments_ are complete
    kFailed,
  };

  /// Where an argument lies in the input. A view would dangle when the caller moves the bytes.
  struct Extent {
    std::size_t offset;
    std::size_t size;
  };

  /// What parse() returns, or nothing: go on with the next phase.
  using Stop = std::optional<Result>;

  void begin();
  Result read_inline(std::string_view input, const ParserLimits& limits);
  Stop read_count(std::string_view input, const ParserLimits& limits);
  Result read_arguments(std::string_view input, const ParserLimits& limits);
  void take_plain_arguments(std::string_view input, const ParserLimits& limits);
  Stop read_length(std::string_view input, const ParserLimits& limits);
  Stop find_line(std::string_view input, char end, std::size_t max, std::string_view too_long,
                 std::string_view& line);
  Result complete(std::string_view input);
  Result need(std::size_t bytes);
  Result fail(std::string_view what);

  Phase phase_ = Phase::kStart;
  std::size_t position_ = 0;   // the bytes before it are done with
  std::size_t scanned_ = 0;    // no end of the line at position_ lies before it
  std::uint64_t missing_ = 0;  // arguments that are not complete
  std::size_t bulk_ = 0;
  std::size_t wanted_ = 1;
  std::vector<Extent> extents_;
  std::vector<std::string_view> arguments_;
  std::string decoded_;  // inline arguments with quotes
  std::string error_;
};

}  // namespace sideline::resp
