#include "server/resp/request_parser.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace sideline::resp {
namespace {

using std::string_literals::operator""s;
using testing::ElementsAre;
using Result = RequestParser::Result;
using Request = std::vector<std::string>;

/// Everything that a stream of bytes leads to.
struct Outcome {
  std::vector<Request> requests;  // blank ones too
  std::string error;              // empty if there was none
  std::size_t rest = 0;           // bytes of a request that is not complete
  bool operator==(const Outcome&) const = default;
};

/// A peer's connection as the parser sees it: the bytes arrive in pieces, and lie at another
/// address each time.
class Peer {
 public:
  explicit Peer(ParserLimits limits = {}) : limits_(limits) {}

  void send(std::string_view bytes) {
    unread_.append(bytes);
    while (outcome_.error.empty()) {
      move_bytes();
      const Result result = parser_.parse({bytes_.get(), unread_.size()}, limits_);
      if (result == Result::kError) outcome_.error = parser_.error();
      if (result != Result::kRequest) break;
      outcome_.requests.emplace_back(parser_.arguments().begin(), parser_.arguments().end());
      unread_.erase(0, parser_.consumed());
    }
    outcome_.rest = unread_.size();
  }

  const Outcome& outcome() const { return outcome_; }
  std::size_t wanted() const { return parser_.wanted(); }

 private:
  /// To an array of the exact size, so that a sanitizer sees a read behind the end.
  void move_bytes() {
    bytes_ = std::make_unique<char[]>(unread_.size());
    unread_.copy(bytes_.get(), unread_.size());
  }

  ParserLimits limits_;
  RequestParser parser_;
  std::string unread_;
  std::unique_ptr<char[]> bytes_;
  Outcome outcome_;
};

Outcome parse(std::string_view bytes, ParserLimits limits = {}) {
  Peer peer(limits);
  peer.send(bytes);
  return peer.outcome();
}

std::vector<Request> requests(std::string_view bytes) { return parse(bytes).requests; }

std::string error(std::string_view bytes, ParserLimits limits = {}) {
  return parse(bytes, limits).error;
}

bool is_incomplete(std::string_view bytes) {
  const Outcome outcome = parse(bytes);
  return outcome.requests.empty() && outcome.error.empty() && outcome.rest == bytes.size();
}

std::string bulk(std::string_view bytes) {
  return "$" + std::to_string(bytes.size()) + "\r\n" + std::string(bytes) + "\r\n";
}

std::string command(const Request& request) {
  std::string bytes = "*" + std::to_string(request.size()) + "\r\n";
  for (const std::string& argument : request) bytes += bulk(argument);
  return bytes;
}

ParserLimits unauthenticated() {
  ParserLimits limits;
  limits.authenticated = false;
  return limits;
}

// --- Arrays of bulk strings

TEST(RequestParser, ReadsAnArrayOfBulkStrings) {
  EXPECT_THAT(requests("*2\r\n$3\r\nGET\r\n$3\r\nkey\r\n"), ElementsAre(Request{"GET", "key"}));
}

TEST(RequestParser, ReadsArgumentsOfAnyBytes) {
  const Request request{"SET", "\r\n$3\r\n"s, "\0*1\xff"s, ""};
  EXPECT_THAT(requests(command(request)), ElementsAre(request));
}

TEST(RequestParser, ReadsOneRequestAfterTheOther) {
  EXPECT_THAT(requests(command({"GET", "a"}) + "PING\r\n" + command({"GET", "b"})),
              ElementsAre(Request{"GET", "a"}, Request{"PING"}, Request{"GET", "b"}));
}

TEST(RequestParser, TakesArraysWithoutElementsAsBlankRequests) {
  EXPECT_THAT(requests("*0\r\n*-1\r\n*-9223372036854775808\r\nPING\r\n"),
              ElementsAre(Request{}, Request{}, Request{}, Request{"PING"}));
}

TEST(RequestParser, DoesNotCheckTheBytesBehindACarriageReturnOrAnArgument) {
  EXPECT_THAT(requests("*1\rX$4\rYPINGab" + command({"PING"})),
              ElementsAre(Request{"PING"}, Request{"PING"}));
}

TEST(RequestParser, WaitsForEachLineAndArgument) {
  for (const char* part : {"", "*", "*1", "*1\r", "*1\r\n", "*1\r\n$", "*1\r\n$4", "*1\r\n$4\r",
                           "*1\r\n$4\r\n", "*1\r\n$4\r\nPING", "*1\r\n$4\r\nPING\r"}) {
    EXPECT_TRUE(is_incomplete(part)) << part;
  }
}

TEST(RequestParser, ReportsAnErrorNotBeforeTheLineIsComplete) {
  EXPECT_TRUE(is_incomplete("*x"));
  EXPECT_TRUE(is_incomplete("*x\r"));
  EXPECT_TRUE(is_incomplete("*1\r\nX"));
  EXPECT_TRUE(is_incomplete("*1\r\n$x\r"));
}

TEST(RequestParser, WantsTheRestOfAnArgument) {
  Peer peer;
  peer.send("*1\r\n$1000\r\nabc");
  EXPECT_EQ(peer.wanted(), 997u + 2);
  peer.send(std::string(998, 'x'));
  EXPECT_EQ(peer.wanted(), 1u);
}

TEST(RequestParser, WantsOneByteOfALine) {
  Peer peer;
  EXPECT_EQ(peer.wanted(), 1u);
  peer.send("*1\r\n$10");
  EXPECT_EQ(peer.wanted(), 1u);
}

TEST(RequestParser, PointsIntoTheInput) {
  const std::string input = command({"GET", "key"});
  RequestParser parser;
  ASSERT_EQ(parser.parse(input, {}), Result::kRequest);
  EXPECT_EQ(parser.arguments()[1].data(), input.data() + input.find("key"));
  EXPECT_EQ(parser.consumed(), input.size());
}

// --- Errors of arrays

TEST(RequestParser, RefusesACountThatIsNoStrictNumber) {
  for (const char* count : {"", "x", "01", "+1", " 1", "1 ", "1x", "-", "-0", "1.0", "\n1",
                            "2147483648", "9223372036854775808", "123456789012345678901234"}) {
    EXPECT_EQ(error("*" + std::string(count) + "\r\n"),
              "ERR Protocol error: invalid multibulk length")
        << count;
  }
}

TEST(RequestParser, RefusesALengthThatIsNoStrictNumber) {
  for (const char* length : {"", "x", "01", "+1", " 1", "1 ", "1x", "-", "-0", "-1", "00",
                             "536870913", "9223372036854775808", "123456789012345678901234"}) {
    EXPECT_EQ(error("*1\r\n$" + std::string(length) + "\r\n"),
              "ERR Protocol error: invalid bulk length")
        << length;
  }
}

TEST(RequestParser, NamesTheByteThatStandsWhereADollarShould) {
  EXPECT_EQ(error("*1\r\nPING\r\n"), "ERR Protocol error: expected '$', got 'P'");
  EXPECT_EQ(error("*1\r\n*1\r\n"), "ERR Protocol error: expected '$', got '*'");
  EXPECT_EQ(error("*1\r\n\xff\r\n"), "ERR Protocol error: expected '$', got '\xff'");
  EXPECT_EQ(error("*1\r\n\0\r\n"s), "ERR Protocol error: expected '$', got '\0'"s);
}

TEST(RequestParser, NamesALineBreakAsASpace) {
  EXPECT_EQ(error("*1\r\n\r\n"), "ERR Protocol error: expected '$', got ' '");
  EXPECT_EQ(error("*1\r\n\n\r\n"), "ERR Protocol error: expected '$', got ' '");
}

TEST(RequestParser, RefusesAHeaderLineWithoutAnEnd) {
  const std::string digits(64 * 1024, '1');
  EXPECT_TRUE(is_incomplete("*" + digits.substr(1)));
  EXPECT_EQ(error("*" + digits), "ERR Protocol error: too big mbulk count string");
  EXPECT_TRUE(is_incomplete("*1\r\n$" + digits.substr(1)));
  EXPECT_EQ(error("*1\r\n$" + digits), "ERR Protocol error: too big bulk count string");
  EXPECT_EQ(error("*1\r\nX" + digits), "ERR Protocol error: too big bulk count string");
}

TEST(RequestParser, StaysInError) {
  Peer peer;
  peer.send("PING\r\n*x\r\nPING\r\n");
  EXPECT_EQ(peer.outcome().requests, std::vector<Request>{{"PING"}});
  EXPECT_EQ(peer.outcome().error, "ERR Protocol error: invalid multibulk length");

  RequestParser parser;
  ASSERT_EQ(parser.parse("*x\r\n", {}), Result::kError);
  EXPECT_EQ(parser.parse("PING\r\n", {}), Result::kError);
}

// --- Limits

TEST(RequestParser, KeepsTheLimitOfArguments) {
  ParserLimits limits;
  limits.max_arguments = 2;
  EXPECT_EQ(error(command({"a", "b"}), limits), "");
  EXPECT_EQ(error(command({"a", "b", "c"}), limits),
            "ERR Protocol error: invalid multibulk length");
}

TEST(RequestParser, KeepsTheLimitOfAnArgument) {
  ParserLimits limits;
  limits.max_bulk = 4;
  EXPECT_EQ(error("*1\r\n$4\r\n", limits), "");
  EXPECT_EQ(error("*1\r\n$5\r\n", limits), "ERR Protocol error: invalid bulk length");
  EXPECT_EQ(error(command({"12345"}), limits), "ERR Protocol error: invalid bulk length");
}

TEST(RequestParser, AcceptsLengthsOfMoreThanNineDigitsIfTheyAreAllowed) {
  ParserLimits limits;
  limits.max_bulk = 12'345'678'901;
  Peer peer(limits);
  peer.send("*2147483647\r\n$12345678901\r\n");
  EXPECT_EQ(peer.outcome().error, "");
  EXPECT_EQ(peer.wanted(), 12'345'678'903u);
}

TEST(RequestParser, LimitsTheArgumentsBeforeAuthentication) {
  EXPECT_EQ(error("*10\r\n", unauthenticated()), "");
  EXPECT_EQ(error("*11\r\n", unauthenticated()),
            "ERR Protocol error: unauthenticated multibulk length");
  EXPECT_EQ(error("*2147483648\r\n", unauthenticated()),
            "ERR Protocol error: invalid multibulk length");
}

TEST(RequestParser, LimitsTheBytesOfAnArgumentBeforeAuthentication) {
  const std::string password(16384, 'x');
  EXPECT_THAT(parse(command({"AUTH", password}), unauthenticated()).requests,
              ElementsAre(Request{"AUTH", password}));
  EXPECT_EQ(error("*1\r\n$16385\r\n", unauthenticated()),
            "ERR Protocol error: unauthenticated bulk length");
  EXPECT_EQ(error(command({"AUTH", password + "x"}), unauthenticated()),
            "ERR Protocol error: unauthenticated bulk length");
  EXPECT_EQ(error("*1\r\n$536870913\r\n", unauthenticated()),
            "ERR Protocol error: invalid bulk length");
}

TEST(RequestParser, FollowsALimitThatChangesBetweenRequests) {
  const std::string input = command({"AUTH", "x"}) + command(Request(11, "x"));
  RequestParser parser;
  ASSERT_EQ(parser.parse(input, unauthenticated()), Result::kRequest);
  const std::string rest = input.substr(parser.consumed());
  EXPECT_EQ(parser.parse(rest, {}), Result::kRequest);
}

// --- Inline requests

TEST(RequestParser, ReadsAnInlineRequest) {
  EXPECT_THAT(requests("SET key value\r\nPING\n"),
              ElementsAre(Request{"SET", "key", "value"}, Request{"PING"}));
}

TEST(RequestParser, TakesEmptyLinesAsBlankRequests) {
  EXPECT_THAT(requests("\r\n\n \t \r\nPING\r\n"),
              ElementsAre(Request{}, Request{}, Request{}, Request{"PING"}));
}

TEST(RequestParser, RefusesUnbalancedQuotesInAnInlineRequest) {
  EXPECT_EQ(error("SET key \"value\r\n"), "ERR Protocol error: unbalanced quotes in request");
}

TEST(RequestParser, ReadsQuotesOfAnInlineRequest) {
  EXPECT_THAT(requests("SET key \"a \\x41\\n\" 'b c'\r\n"),
              ElementsAre(Request{"SET", "key", "a A\n", "b c"}));
}

TEST(RequestParser, LimitsTheBytesOfAnInlineRequest) {
  const std::string line(64 * 1024, 'x');
  EXPECT_TRUE(is_incomplete(line));
  EXPECT_THAT(requests(line + "\n"), ElementsAre(Request{line}));
  EXPECT_EQ(error(line + "x"), "ERR Protocol error: too big inline request");
  EXPECT_EQ(error(line + "x\n"), "ERR Protocol error: too big inline request");
}

TEST(RequestParser, TakesANulByteInALineAsAnyOther) {
  EXPECT_THAT(requests("PING a\0b\r\n"s), ElementsAre(Request{"PING", "a\0b"s}));
  EXPECT_EQ(error("*1\0\r\n"s), "ERR Protocol error: invalid multibulk length");
}

// --- Whatever the cut, the outcome is the same

std::vector<std::string> streams_to_cut() {
  return {
      command({"SET", "key", "value", "EX", "100"}) + command({"GET", "key"}),
      command({"SET", "", std::string(300, 'v')}),
      command(Request(120, "x")),
      "*0\r\n*-1\r\n\r\nPING\r\n" + command({"PING"}),
      "SET \"a b\" 'c'\r\nPING\n  GET k \r\n",
      command({"PING"}) + "*1\r\n$x1\r\nmore",
      command({"PING"}) + "*1\r\nPING\r\n",
      command({"PING"}) + "*12345678901\r\n",
      "PING 'a\r\nPING\r\n",
      "*1\rX$4\rYPINGabPING\r\r\n",
      "*1\r\n$3\r\n\r\n\r\r\n",
  };
}

TEST(RequestParser, DoesNotCareWhereTheBytesAreCut) {
  for (const std::string& stream : streams_to_cut()) {
    const Outcome whole = parse(stream);
    for (std::size_t cut = 0; cut <= stream.size(); ++cut) {
      Peer peer;
      peer.send(std::string_view(stream).substr(0, cut));
      peer.send(std::string_view(stream).substr(cut));
      EXPECT_EQ(peer.outcome(), whole) << stream << "\ncut at " << cut;
    }
  }
}

TEST(RequestParser, ReadsByteByByte) {
  for (const std::string& stream : streams_to_cut()) {
    Peer peer;
    for (const char& byte : stream) peer.send({&byte, 1});
    EXPECT_EQ(peer.outcome().requests, parse(stream).requests) << stream;
    EXPECT_EQ(peer.outcome().error, parse(stream).error) << stream;
  }
}

TEST(RequestParser, FindsAnOverlongLineWhereverItIsCut) {
  ParserLimits limits;
  limits.max_inline = 12;
  for (const std::string stream :
       {"*123456789012\r\n", "*1\r\n$123456789012\r\n", "1234567890123\r\n"}) {
    const std::string whole = error(stream, limits);
    EXPECT_THAT(whole, testing::HasSubstr("too big"));
    for (std::size_t cut = 0; cut <= stream.size(); ++cut) {
      Peer peer(limits);
      peer.send(std::string_view(stream).substr(0, cut));
      peer.send(std::string_view(stream).substr(cut));
      EXPECT_EQ(peer.outcome().error, whole) << stream << "\ncut at " << cut;
    }
  }
}

// --- The work is linear: were a partial request read again, these would take minutes.

/// Lets a parser see `input` byte by byte, without moving it.
Result parse_byte_by_byte(RequestParser& parser, std::string_view input) {
  Result result = Result::kNeedMore;
  for (std::size_t size = 0; size <= input.size() && result == Result::kNeedMore; ++size) {
    result = parser.parse(input.substr(0, size), {});
  }
  return result;
}

TEST(RequestParser, ReadsALargeArgumentByteByByte) {
  const std::string value(1024 * 1024, 'v');
  const std::string input = command({"SET", "key", value});
  RequestParser parser;
  ASSERT_EQ(parse_byte_by_byte(parser, input), Result::kRequest);
  EXPECT_EQ(parser.arguments()[2], value);
}

TEST(RequestParser, ReadsAMillionArgumentsByteByByte) {
  const std::string input = command(Request(1'000'000, "x"));
  RequestParser parser;
  ASSERT_EQ(parse_byte_by_byte(parser, input), Result::kRequest);
  EXPECT_EQ(parser.arguments().size(), 1'000'000u);
  EXPECT_EQ(parser.arguments().back(), "x");
}

TEST(RequestParser, ReadsAnInlineRequestByteByByte) {
  const std::string input = std::string(64 * 1024, 'x') + "\n";
  RequestParser parser;
  ASSERT_EQ(parse_byte_by_byte(parser, input), Result::kRequest);
}

TEST(RequestParser, AllocatesNothingForWhatWasOnlyAnnounced) {
  // 2^31 arguments would be 64 GiB of bookkeeping: more than a test machine gives.
  EXPECT_TRUE(is_incomplete("*2147483647\r\n$536870912\r\nx"));
}

}  // namespace
}  // namespace sideline::resp
