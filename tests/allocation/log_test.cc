#include "server/log/log.h"

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

#include "counted_new.h"
#include "tests/support/temporary_folder.h"

namespace sideline::log {
namespace {

const std::string kLong(100, 'x');  // no allocation is spared

TEST(LogAllocation, AnEventWithoutMemoryIsLost) {
  const test::TemporaryFolder folder;
  Log log(folder.path("log"), Level::kNotice);
  ASSERT_EQ(log.reopen(), std::nullopt);
  int lost = 0;
  bool has_failed = true;
  for (int number = 1; has_failed; ++number) {
    const std::size_t size = folder.read("log").size();
    has_failed =
        libcache::fails_at(number, [&] { EXPECT_NO_THROW(log.notice({kLong})) << number; });
    const bool is_written = folder.read("log").size() > size + kLong.size();
    EXPECT_NE(is_written, has_failed) << number;
    if (!is_written) ++lost;
  }
  EXPECT_GT(lost, 1);
}

TEST(LogAllocation, AProgramIsToldOfTheNextOne) {
  std::vector<std::string> told;
  Log log([&told](std::string_view event) { told.emplace_back(event); }, Level::kNotice);
  EXPECT_TRUE(libcache::fails_at(1, [&] { EXPECT_NO_THROW(log.notice({kLong})); }));
  log.notice({kLong});
  EXPECT_EQ(told, std::vector<std::string>{kLong});
}

}  // namespace
}  // namespace sideline::log
