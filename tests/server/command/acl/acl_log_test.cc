#include "server/command/acl/acl_log.h"

#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace sideline::command {
namespace {

using testing::ElementsAre;

class AclLogTest : public ::testing::Test {
 protected:
  AclLogTest() { log.set_max_length(100); }

  void add(const std::string& object, std::int64_t now_ms = 0) {
    log.add({.denial = AclDenial::kKey, .object = object, .user = "alice", .client = "c"}, now_ms);
  }
  std::vector<std::string> objects() {
    std::vector<std::string> all;
    for (const auto& entry : log.newest(1000)) all.push_back(entry.event.object);
    return all;
  }

  AclLog log;
};

TEST_F(AclLogTest, ShowsTheNewestFirst) {
  add("a");
  add("b");
  EXPECT_THAT(objects(), ElementsAre("b", "a"));
  EXPECT_EQ(log.newest(1).size(), 1U);
  EXPECT_EQ(log.newest(1)[0].id, 1);
}

TEST_F(AclLogTest, CountsLikeEventsTogether) {
  add("a", 1000);
  add("b", 2000);
  log.add({.denial = AclDenial::kKey, .object = "a", .user = "alice", .client = "d"}, 3000);
  EXPECT_THAT(objects(), ElementsAre("a", "b"));
  const AclLog::Entry entry = log.newest(1)[0];
  EXPECT_EQ(entry.count, 2);
  EXPECT_EQ(entry.id, 0);
  EXPECT_EQ(entry.created_ms, 1000);
  EXPECT_EQ(entry.updated_ms, 3000);
  EXPECT_EQ(entry.event.client, "d");
}

TEST_F(AclLogTest, TellsOtherEventsApart) {
  add("a");
  log.add({.denial = AclDenial::kCommand, .object = "a", .user = "alice"}, 0);
  log.add({.denial = AclDenial::kKey, .object = "a", .user = "bob"}, 0);
  EXPECT_EQ(log.newest(10).size(), 3U);
}

TEST_F(AclLogTest, CountsTogetherForAMinuteAfterTheLast) {
  add("a", 0);
  add("a", 60'000);
  EXPECT_EQ(objects().size(), 1U);
  add("a", 120'001);
  EXPECT_EQ(objects().size(), 2U);
}

TEST_F(AclLogTest, LooksAtTheLastTen) {
  for (const char object : std::string("abcdefghij")) add({object});
  add("a");
  EXPECT_EQ(objects().size(), 10U);
  add("k");
  add("b");
  EXPECT_EQ(objects().size(), 12U);
}

TEST_F(AclLogTest, KeepsAtMostSoMany) {
  log.set_max_length(2);
  for (const char object : std::string("abc")) add({object});
  EXPECT_THAT(objects(), ElementsAre("c", "b"));
  log.set_max_length(0);
  add("d");
  EXPECT_THAT(objects(), ElementsAre());
}

TEST_F(AclLogTest, ClearingKeepsTheCounts) {
  add("a");
  add("a");
  log.clear();
  EXPECT_THAT(objects(), ElementsAre());
  EXPECT_EQ(log.count(AclDenial::kKey), 2U);
  EXPECT_EQ(log.count(AclDenial::kAuth), 0U);
  add("b");
  EXPECT_EQ(log.newest(1)[0].id, 1);
}

}  // namespace
}  // namespace sideline::command
