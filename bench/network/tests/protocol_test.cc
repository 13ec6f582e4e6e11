#include "bench/network/load/protocol.h"

#include <memory>
#include <string>
#include <string_view>

#include <gtest/gtest.h>

namespace load {
namespace {

Options small_values() {
  Options options;
  options.key_size = 5;
  options.value_size = {3, 3};
  return options;
}

class ProtocolTest : public testing::Test {
 protected:
  [[nodiscard]] std::string resp(const Request& request) const { return text(*resp_, request); }
  [[nodiscard]] std::string memcached(const Request& request) const {
    return text(*memcached_, request);
  }

  /// The reply is one only when it is whole.
  static void expect_reply(const Protocol& protocol, std::string_view reply, Outcome outcome,
                           std::string_view text) {
    const std::string input = std::string(reply) + "more";
    for (std::size_t size = 0; size < reply.size(); ++size) {
      EXPECT_EQ(protocol.parse(std::string_view(input).substr(0, size)).size, 0) << size;
    }
    const Parsed parsed = protocol.parse(input);
    EXPECT_EQ(parsed.size, reply.size());
    EXPECT_EQ(parsed.outcome, outcome);
    EXPECT_EQ(parsed.text, text);
  }

  KeySpace keys_{small_values()};
  std::unique_ptr<Protocol> resp_ = make_resp(keys_);
  std::unique_ptr<Protocol> memcached_ = make_memcached(keys_);

 private:
  static std::string text(const Protocol& protocol, const Request& request) {
    std::string out;
    protocol.append(out, request);
    return out;
  }
};

TEST_F(ProtocolTest, WritesResp) {
  EXPECT_EQ(resp({Operation::kGet, 1, 0}), "*2\r\n$3\r\nGET\r\n$5\r\nkey:1\r\n");
  EXPECT_EQ(resp({Operation::kDel, 1, 0}), "*2\r\n$3\r\nDEL\r\n$5\r\nkey:1\r\n");
  EXPECT_EQ(resp({Operation::kExists, 1, 0}), "*2\r\n$6\r\nEXISTS\r\n$5\r\nkey:1\r\n");
  EXPECT_EQ(resp({Operation::kSet, 1, 0}), "*3\r\n$3\r\nSET\r\n$5\r\nkey:1\r\n$3\r\nkey\r\n");
  EXPECT_EQ(resp({Operation::kSet, 1, 1500}),
            "*5\r\n$3\r\nSET\r\n$5\r\nkey:1\r\n$3\r\nkey\r\n$2\r\nPX\r\n$4\r\n1500\r\n");
}

TEST_F(ProtocolTest, WritesMemcached) {
  EXPECT_EQ(memcached({Operation::kGet, 1, 0}), "mg key:1 v\r\n");
  EXPECT_EQ(memcached({Operation::kDel, 1, 0}), "delete key:1\r\n");
  EXPECT_EQ(memcached({Operation::kSet, 1, 1500}), "set key:1 0 2 3\r\nkey\r\n");
}

TEST_F(ProtocolTest, ReadsResp) {
  expect_reply(*resp_, "$5\r\na\r\nbc\r\n", Outcome::kHit, "a\r\nbc");
  expect_reply(*resp_, "$0\r\n\r\n", Outcome::kHit, "");
  expect_reply(*resp_, "$-1\r\n", Outcome::kMiss, "");
  expect_reply(*resp_, "+OK\r\n", Outcome::kDone, "OK");
  expect_reply(*resp_, ":1\r\n", Outcome::kDone, "1");
  expect_reply(*resp_, ":0\r\n", Outcome::kMiss, "0");
  expect_reply(*resp_, "-ERR no\r\n", Outcome::kError, "-ERR no");
  expect_reply(*resp_, "$x\r\n", Outcome::kError, "a bad length");
  expect_reply(*resp_, "\r\n", Outcome::kError, "an empty line");
}

TEST_F(ProtocolTest, ReadsMemcached) {
  expect_reply(*memcached_, "VA 5\r\na\r\nbc\r\n", Outcome::kHit, "a\r\nbc");
  expect_reply(*memcached_, "EN\r\n", Outcome::kMiss, "EN");
  expect_reply(*memcached_, "STORED\r\n", Outcome::kDone, "STORED");
  expect_reply(*memcached_, "NOT_FOUND\r\n", Outcome::kMiss, "NOT_FOUND");
  expect_reply(*memcached_, "SERVER_ERROR out of memory\r\n", Outcome::kError,
               "SERVER_ERROR out of memory");
}

}  // namespace
}  // namespace load
