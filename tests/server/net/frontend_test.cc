#include "server/net/frontend.h"

#include <boost/asio/io_context.hpp>
#include <gtest/gtest.h>

#include "server/log/log.h"
#include "server/net/environment.h"
#include "tests/support/command_fixture.h"

namespace sideline::net {
namespace {

/// Nothing is accepted but while the context runs.
class FrontendTest : public test::CommandFixture {
 protected:
  log::Log log{"", log::Level::kNothing};
  Environment environment{server, log};
  boost::asio::io_context context;
  Frontend frontend{context, environment};
};

TEST_F(FrontendTest, EndsWithoutBeingAskedTo) {
  frontend.start([] { FAIL() << "nobody ran it"; });
}

TEST_F(FrontendTest, TellsThatAllThreadsHaveEnded) {
  bool ended = false;
  frontend.start([&] {
    ended = true;
    context.stop();
  });
  frontend.finish();
  context.run();
  EXPECT_TRUE(ended);
}

TEST_F(FrontendTest, WhatMayBePinnedFollowsTheLimitOfTheCache) {
  frontend.start([] {});
  cache.set_max_memory(std::size_t{32} << 20);
  context.run_one();  // the next sample
  EXPECT_TRUE(environment.loans.take(std::size_t{4} << 20));
  EXPECT_FALSE(environment.loans.take((std::size_t{4} << 20) + 1));
}

}  // namespace
}  // namespace sideline::net
