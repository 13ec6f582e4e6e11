#include "server/resp/reply.h"

#include <cmath>
#include <cstdint>
#include <functional>
#include <limits>
#include <memory>
#include <string>
#include <string_view>

#include <gtest/gtest.h>

namespace sideline::resp {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

/// The bytes that `write` leads to in a protocol.
std::string written(int protocol, const std::function<void(Reply&)>& write) {
  OutputBuffer out;
  Reply reply(out, protocol);
  write(reply);
  std::string bytes;
  for (const std::string_view piece : out.front(out.size())) bytes += piece;
  return bytes;
}

std::string in_resp2(const std::function<void(Reply&)>& write) { return written(2, write); }
std::string in_resp3(const std::function<void(Reply&)>& write) { return written(3, write); }

/// For what is the same in both.
std::string in_both(const std::function<void(Reply&)>& write) {
  EXPECT_EQ(in_resp2(write), in_resp3(write));
  return in_resp2(write);
}

TEST(Reply, WritesSimpleStrings) {
  EXPECT_EQ(in_both([](Reply& r) { r.ok(); }), "+OK\r\n");
  EXPECT_EQ(in_both([](Reply& r) { r.simple("PONG"); }), "+PONG\r\n");
  EXPECT_EQ(in_both([](Reply& r) { r.simple(""); }), "+\r\n");
}

TEST(Reply, WritesErrors) {
  EXPECT_EQ(in_both([](Reply& r) { r.error("ERR no such key"); }), "-ERR no such key\r\n");
}

TEST(Reply, NeverBreaksTheLineOfAnError) {
  EXPECT_EQ(in_both([](Reply& r) { r.error("ERR unknown 'a\r\nb\nc'"); }),
            "-ERR unknown 'a  b c'\r\n");
  EXPECT_EQ(in_both([](Reply& r) { r.error("ERR broken\r\n"); }), "-ERR broken\r\n");
}

TEST(Reply, WritesIntegers) {
  EXPECT_EQ(in_both([](Reply& r) { r.integer(0); }), ":0\r\n");
  EXPECT_EQ(in_both([](Reply& r) { r.integer(-42); }), ":-42\r\n");
  EXPECT_EQ(in_both([](Reply& r) { r.integer(std::numeric_limits<std::int64_t>::max()); }),
            ":9223372036854775807\r\n");
  EXPECT_EQ(in_both([](Reply& r) { r.integer(std::numeric_limits<std::int64_t>::min()); }),
            ":-9223372036854775808\r\n");
}

TEST(Reply, WritesBulkStrings) {
  EXPECT_EQ(in_both([](Reply& r) { r.bulk("value"); }), "$5\r\nvalue\r\n");
  EXPECT_EQ(in_both([](Reply& r) { r.bulk({}); }), "$0\r\n\r\n");
  EXPECT_EQ(in_both([](Reply& r) { r.bulk("a\r\nb"); }), "$4\r\na\r\nb\r\n");
}

TEST(Reply, WritesSharedBulkStringsOfAnySize) {
  for (const std::size_t size : {0u, 1u, 2047u, 2048u, 100'000u}) {
    const auto value = std::make_shared<const std::string>(size, 'v');
    EXPECT_EQ(in_both([&](Reply& r) { r.bulk_shared(*value, value, value->size()); }),
              "$" + std::to_string(size) + "\r\n" + *value + "\r\n");
  }
}

TEST(Reply, LendsALargeSharedBulkString) {
  const auto value = std::make_shared<const std::string>(100'000, 'v');
  OutputBuffer out;
  Reply(out, 2).bulk_shared(*value, value, value->size());
  EXPECT_EQ(out.front(3)[1].data(), value->data());
  EXPECT_EQ(value.use_count(), 2);
}

TEST(Reply, WritesNulls) {
  EXPECT_EQ(in_resp2([](Reply& r) { r.null(); }), "$-1\r\n");
  EXPECT_EQ(in_resp3([](Reply& r) { r.null(); }), "_\r\n");
  EXPECT_EQ(in_resp2([](Reply& r) { r.null_array(); }), "*-1\r\n");
  EXPECT_EQ(in_resp3([](Reply& r) { r.null_array(); }), "_\r\n");
}

TEST(Reply, WritesBooleans) {
  EXPECT_EQ(in_resp2([](Reply& r) { r.boolean(true); }), ":1\r\n");
  EXPECT_EQ(in_resp2([](Reply& r) { r.boolean(false); }), ":0\r\n");
  EXPECT_EQ(in_resp3([](Reply& r) { r.boolean(true); }), "#t\r\n");
  EXPECT_EQ(in_resp3([](Reply& r) { r.boolean(false); }), "#f\r\n");
}

TEST(Reply, WritesDoubles) {
  EXPECT_EQ(in_resp2([](Reply& r) { r.real(1.5); }), "$3\r\n1.5\r\n");
  EXPECT_EQ(in_resp3([](Reply& r) { r.real(1.5); }), ",1.5\r\n");
  EXPECT_EQ(in_resp2([](Reply& r) { r.real(-kInfinity); }), "$4\r\n-inf\r\n");
  EXPECT_EQ(in_resp3([](Reply& r) { r.real(kInfinity); }), ",inf\r\n");
  EXPECT_EQ(in_resp3([](Reply& r) { r.real(kNan); }), ",nan\r\n");
}

TEST(Reply, WritesVerbatimStrings) {
  EXPECT_EQ(in_resp2([](Reply& r) { r.verbatim("txt", "some text"); }), "$9\r\nsome text\r\n");
  EXPECT_EQ(in_resp3([](Reply& r) { r.verbatim("txt", "some text"); }), "=13\r\ntxt:some text\r\n");
}

TEST(Reply, WritesHeadersOfAggregates) {
  EXPECT_EQ(in_both([](Reply& r) { r.array(3); }), "*3\r\n");
  EXPECT_EQ(in_both([](Reply& r) { r.array(0); }), "*0\r\n");
  EXPECT_EQ(in_resp2([](Reply& r) { r.map(3); }), "*6\r\n");
  EXPECT_EQ(in_resp3([](Reply& r) { r.map(3); }), "%3\r\n");
  EXPECT_EQ(in_resp2([](Reply& r) { r.set(3); }), "*3\r\n");
  EXPECT_EQ(in_resp3([](Reply& r) { r.set(3); }), "~3\r\n");
  EXPECT_EQ(in_resp2([](Reply& r) { r.push(3); }), "*3\r\n");
  EXPECT_EQ(in_resp3([](Reply& r) { r.push(3); }), ">3\r\n");
}

TEST(Reply, FollowsAChangeOfTheProtocol) {
  EXPECT_EQ(in_resp2([](Reply& r) {
              r.null();
              r.set_protocol(3);
              r.null();
            }),
            "$-1\r\n_\r\n");
}

TEST(Reply, CountsErrors) {
  OutputBuffer out;
  Reply reply(out, 2);
  reply.ok();
  EXPECT_EQ(reply.take_errors(), 0u);
  reply.error("ERR a");
  reply.bulk("-ERR not an error");
  reply.error("ERR b");
  EXPECT_EQ(reply.take_errors(), 2u);
  EXPECT_EQ(reply.take_errors(), 0u);
}

}  // namespace
}  // namespace sideline::resp
