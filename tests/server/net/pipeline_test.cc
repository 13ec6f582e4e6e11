#include "server/net/pipeline.h"

#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace sideline::net {
namespace {

using testing::Each;
using testing::ElementsAre;
using testing::SizeIs;
using Result = resp::RequestParser::Result;

class PipelineTest : public ::testing::Test {
 protected:
  Result fill(std::string_view bytes) {
    input = bytes;
    return pipeline.fill(input, parser, limits);
  }

  /// The name of each request.
  std::vector<std::string> names() {
    std::vector<std::string> names;
    for (const command::Request& request : pipeline.requests()) {
      names.emplace_back(request.args.empty() ? "" : request.args[0]);
    }
    return names;
  }

  static constexpr std::string_view kPing = "*1\r\n$4\r\nPING\r\n";

  std::string input;  // what the requests are views into
  Pipeline pipeline;
  resp::RequestParser parser;
  resp::ParserLimits limits;
};

TEST_F(PipelineTest, TakesAllRequestsThatAreWhole) {
  const std::string stream = "*1\r\n$1\r\na\r\n*2\r\n$1\r\nb\r\n$2\r\nxy\r\n*1\r\n$1\r\n";
  EXPECT_EQ(fill(stream), Result::kNeedMore);
  EXPECT_THAT(names(), ElementsAre("a", "b"));
  EXPECT_EQ(pipeline.requests()[1].args[1], "xy");
  EXPECT_EQ(pipeline.pop(1), 11U);
  EXPECT_EQ(pipeline.pop(1), 19U);
  EXPECT_TRUE(pipeline.empty());
}

TEST_F(PipelineTest, GoesOnWithTheRequestThatWasNotWhole) {
  const std::string stream = "*1\r\n$1\r\na\r\n*1\r\n$1\r\nb\r\n";
  fill(std::string_view(stream).substr(0, 17));
  const std::size_t used = pipeline.pop(1);
  EXPECT_EQ(fill(std::string_view(stream).substr(used)), Result::kNeedMore);
  EXPECT_THAT(names(), ElementsAre("b"));
}

TEST_F(PipelineTest, ReadsTheSameHoweverTheBytesAreCut) {
  const std::string stream =
      "*2\r\n$3\r\nGET\r\n$16\r\nkey:000000000001\r\nget \"a b\"\r\n*-1\r\n"
      "*1\rX$1\rYaZZ*1\r\n$0\r\n\r\n*01\r\n$1\r\nx\r\n";
  for (std::size_t cut = 0; cut <= stream.size(); ++cut) {
    parser = {};
    std::vector<std::string> read;
    std::size_t used = 0;
    Result result = Result::kRequest;
    for (const std::size_t end : {cut, stream.size()}) {
      result = Result::kRequest;
      while (result == Result::kRequest) {
        result = fill(std::string_view(stream).substr(used, end - used));
        while (!pipeline.empty()) {
          for (const std::string_view argument : pipeline.requests()[0].args)
            read.emplace_back(argument);
          used += pipeline.pop(1);
        }
      }
    }
    ASSERT_THAT(read, ElementsAre("GET", "key:000000000001", "get", "a b", "a", ""));
    ASSERT_EQ(result, Result::kError) << cut;
    ASSERT_EQ(parser.error(), "ERR Protocol error: invalid multibulk length") << cut;
  }
}

TEST_F(PipelineTest, TakesNoMoreThanItsMost) {
  std::string stream;
  for (std::size_t i = 0; i < Pipeline::kMost + 1; ++i) stream += kPing;
  EXPECT_EQ(fill(stream), Result::kRequest);
  EXPECT_EQ(pipeline.requests().size(), Pipeline::kMost);
}

TEST_F(PipelineTest, TakesOneRequestOfAStranger) {
  limits.authenticated = false;
  fill(std::string(kPing) + std::string(kPing));
  EXPECT_THAT(names(), ElementsAre("PING"));
}

// Quoted arguments lie in the parser, which the next request would overwrite.
TEST_F(PipelineTest, EndsAtAnInlineRequest) {
  fill("set \"a b\" 1\r\nset \"c d\" 2\r\n");
  EXPECT_THAT(names(), ElementsAre("set"));
  EXPECT_EQ(pipeline.requests()[0].args[1], "a b");
}

TEST_F(PipelineTest, RunsWhatComesBeforeAnError) {
  EXPECT_EQ(fill(std::string(kPing) + "*1\r\n!x\r\n"), Result::kError);
  EXPECT_THAT(names(), ElementsAre("PING"));
}

TEST_F(PipelineTest, ABlankRequestHasNoArguments) {
  fill("*0\r\n*1\r\n$1\r\na\r\n");
  EXPECT_THAT(names(), ElementsAre("", "a"));
}

TEST_F(PipelineTest, KnowsTheRequestsThatRepeatACommand) {
  fill(
      "*2\r\n$1\r\na\r\n$1\r\n1\r\n"
      "*2\r\n$1\r\na\r\n$2\r\n22\r\n"
      "*2\r\n$1\r\nb\r\n$1\r\n3\r\n"
      "*3\r\n$1\r\nb\r\n$1\r\n4\r\n$1\r\n5\r\n"
      "*3\r\n$1\r\nb\r\n$1\r\n6\r\n$0\r\n\r\n"
      "*0\r\n"
      "*3\r\n$1\r\nb\r\n$1\r\n7\r\n$1\r\n8\r\n");
  const std::span<const command::Request> requests = pipeline.requests();
  std::vector<bool> repeats;
  for (const command::Request& request : requests) repeats.push_back(request.repeats);
  EXPECT_THAT(repeats, ElementsAre(false, true, false, false, true, false, false));
  EXPECT_THAT(requests[1].args, ElementsAre("a", "22"));
  EXPECT_THAT(requests[4].args, ElementsAre("b", "6", ""));
}

// What is larger than the room for arguments is taken as the parser has it.
TEST_F(PipelineTest, TakesRequestsOfAnyNumberOfArguments) {
  const auto request = [](std::size_t arguments) {
    std::string bytes = "*" + std::to_string(arguments) + "\r\n";
    for (std::size_t i = 0; i < arguments; ++i) bytes += "$1\r\nx\r\n";
    return bytes;
  };
  for (const std::size_t size : {100U, 255U, 256U, 257U, 1000U}) {
    const std::string stream = request(size) + request(size) + request(size);
    std::size_t used = 0;
    std::size_t seen = 0;
    while (used < stream.size()) {
      fill(stream.substr(used));
      ASSERT_FALSE(pipeline.empty());
      const std::size_t count = pipeline.requests().size();
      for (const command::Request& each : pipeline.requests()) {
        ASSERT_THAT(each.args, SizeIs(size));
        ASSERT_THAT(each.args, Each("x"));
      }
      used += pipeline.pop(count);
      seen += count;
    }
    EXPECT_EQ(seen, 3U) << size;
  }
}

// As when a request takes back what allowed the ones behind it.
TEST_F(PipelineTest, CanBeParsedAnewUnderOtherLimits) {
  const std::string rest = "*2\r\n$1\r\na\r\n$20000\r\n" + std::string(20'000, 'x') + "\r\n";
  fill(std::string(kPing) + rest);
  EXPECT_THAT(names(), ElementsAre("PING", "a"));
  pipeline.clear();
  parser.restart();
  limits.authenticated = false;
  EXPECT_EQ(fill(rest), Result::kError);
  EXPECT_TRUE(pipeline.empty());
}

}  // namespace
}  // namespace sideline::net
