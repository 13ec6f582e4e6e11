#include "server/resp/output_buffer.h"

#include <memory>
#include <new>
#include <string>

#include <gtest/gtest.h>

#include "counted_new.h"

namespace sideline::resp {
namespace {

std::string content(OutputBuffer& buffer) {
  std::string bytes;
  for (const std::string_view piece : buffer.front(std::string_view::npos)) bytes += piece;
  return bytes;
}

TEST(OutputBufferAllocation, OneThatFailsLosesNothingThatWasThereBefore) {
  const auto lent = std::make_shared<const std::string>(OutputBuffer::kLoanBytes, 'v');
  bool has_failed = true;
  for (int number = 1; has_failed; ++number) {
    OutputBuffer buffer;
    std::string expected;
    has_failed = libcache::fails_at(number, [&] {
      try {
        for (const std::string_view text : {"a", "b"}) {
          buffer.append(text);
          expected += text;
          buffer.append_shared(*lent, lent, lent->size());
          expected += *lent;
        }
        EXPECT_EQ(buffer.front(1).front(), "a");
      } catch (const std::bad_alloc&) {
        // As the dispatcher does, after a handler that did not come to its end.
        buffer.truncate(expected.size());
      }
    });
    buffer.append("end");
    EXPECT_EQ(content(buffer), expected + "end") << number;
    EXPECT_EQ(buffer.size(), expected.size() + 3) << number;
    buffer.consume(buffer.size());
    EXPECT_TRUE(buffer.empty());
  }
}

}  // namespace
}  // namespace sideline::resp
