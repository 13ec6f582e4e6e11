#include <chrono>
#include <set>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "categories.h"
#include "http/path.h"
#include "model.h"
#include "sidecar/address.h"
#include "sidecar/reply.h"
#include "store/migrations.h"

namespace prediction {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::Optional;

TEST(Categories, AreFoundByName) {
  EXPECT_EQ(categories().size(), 27U);
  for (const Category& category : categories()) EXPECT_EQ(find_category(category.name), &category);
  EXPECT_EQ(find_category("weather"), nullptr);
}

TEST(Model, PredictsTheSameEachTimeAndWithinTheCategory) {
  Model model(std::chrono::milliseconds(0));
  std::set<double> values;
  for (GameId game = 1; game <= 100; ++game) {
    const Category& spread = *find_category("spread");
    const double value = model.predict(spread, game).value;
    EXPECT_EQ(model.predict(spread, game).value, value);
    EXPECT_GE(value, spread.low);
    EXPECT_LE(value, spread.high);
    values.insert(value);
  }
  EXPECT_GT(values.size(), 80U);
  EXPECT_EQ(model.runs(), 200U);
}

TEST(Path, HasWhatStandsInPlaceOfTheNames) {
  constexpr std::string_view kPattern = "/api/predictions/{category}/{game}";
  EXPECT_THAT(http::match(kPattern, "/api/predictions/spread/17"),
              Optional(ElementsAre("spread", "17")));
  EXPECT_THAT(http::match("/health", "/health"), Optional(IsEmpty()));
  for (const char* path : {"", "/", "/api/predictions/spread", "/api/predictions/spread/",
                           "/api/predictions/spread/17/", "/api/predictions/spread/17/x",
                           "/api/prediction/spread/17", "api/predictions/spread/17"}) {
    EXPECT_EQ(http::match(kPattern, path), std::nullopt) << path;
  }
}

TEST(Address, IsTcpTlsOrASocket) {
  const auto tls = sidecar::parse_address("rediss://[::1]:6380");
  ASSERT_TRUE(tls);
  EXPECT_TRUE(tls->is_tls);
  EXPECT_EQ(tls->host, "::1");
  EXPECT_EQ(tls->port, "6380");
  EXPECT_FALSE(sidecar::parse_address("redis://cache:6379")->is_tls);
  EXPECT_EQ(sidecar::parse_address("unix:///run/cache")->path, "/run/cache");
  for (const char* url : {"", "cache", "redis://cache", "redis://:6379", "unix://", "http://a:1"}) {
    EXPECT_FALSE(sidecar::parse_address(url)) << url;
  }
}

TEST(Replies, ComeOutWholeHoweverTheBytesCome) {
  const std::string bytes = "+OK\r\n$5\r\na\r\nbc\r\n$-1\r\n-ERR no\r\n";
  for (std::size_t split = 0; split <= bytes.size(); ++split) {
    sidecar::ReplyReader reader;
    std::vector<sidecar::Reply> replies;
    for (const std::string& piece : {bytes.substr(0, split), bytes.substr(split)}) {
      reader.feed(piece);
      while (auto reply = reader.next()) replies.push_back(*reply);
    }
    ASSERT_EQ(replies.size(), 4U) << split;
    EXPECT_TRUE(replies[0].is_ok());
    EXPECT_EQ(replies[1].value(), "a\r\nbc");
    EXPECT_EQ(replies[2].value(), std::nullopt);
    EXPECT_TRUE(replies[3].is_error());
    EXPECT_EQ(replies[3].text(), "ERR no");
  }
}

TEST(Replies, ThatAreNotTheProtocolAreAnError) {
  sidecar::ReplyReader reader;
  reader.feed("nonsense\r\n");
  EXPECT_THROW(reader.next(), std::runtime_error);
}

TEST(Migrations, AreNumberedInOrder) {
  int number = 0;
  for (const Migration& migration : migrations()) EXPECT_EQ(migration.number, ++number);
  EXPECT_GE(number, 2);
}

}  // namespace
}  // namespace prediction
