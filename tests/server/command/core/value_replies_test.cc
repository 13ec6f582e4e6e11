#include "server/command/core/value_replies.h"

#include <gtest/gtest.h>

#include "server/command/core/errors.h"
#include "server/resp/output_buffer.h"

namespace sideline::command {
namespace {

using libcache::Status;

std::string failure(Status status) {
  resp::OutputBuffer out;
  resp::Reply reply(out, 2);
  reply_failure(reply, status);
  return std::string(out.front(1)[0]);
}

TEST(ValueReplies, EveryFailureHasItsError) {
  EXPECT_EQ(failure(Status::kNotFound), "-" + std::string(errors::kNoSuchKey) + "\r\n");
  EXPECT_EQ(failure(Status::kOutOfMemory), "-" + std::string(errors::kOom) + "\r\n");
  EXPECT_EQ(failure(Status::kNotFinite), "-" + std::string(errors::kIncrementNotFinite) + "\r\n");
}

TEST(ValueReplies, WhatIsNoFailureIsRepliedAsADefect) {
  EXPECT_EQ(failure(Status::kOk), "-" + std::string(errors::kUnexpected) + "\r\n");
  EXPECT_EQ(failure(Status::kNotStored), "-" + std::string(errors::kUnexpected) + "\r\n");
}

}  // namespace
}  // namespace sideline::command
