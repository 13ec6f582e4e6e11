#include "server/command/clients/authentication.h"

#include <string>
#include <string_view>

#include <gtest/gtest.h>

namespace sideline::command {
namespace {

using std::string_view_literals::operator""sv;

TEST(AuthenticationTest, LetsEverybodyInWithoutAPassword) {
  const Authentication authentication;
  EXPECT_TRUE(authentication.open());
  EXPECT_TRUE(authentication.check("default", "anything"));
}

TEST(AuthenticationTest, AsksForThePassword) {
  Authentication authentication;
  authentication.set_password("secret");
  EXPECT_FALSE(authentication.open());
  EXPECT_TRUE(authentication.check("default", "secret"));
  for (const std::string_view wrong :
       {""sv, "s"sv, "secre"sv, "secret\0"sv, "secrets"sv, "Secret"sv}) {
    EXPECT_FALSE(authentication.check("default", wrong)) << wrong;
  }
}

TEST(AuthenticationTest, KnowsOneUser) {
  Authentication authentication;
  EXPECT_FALSE(authentication.check("other", ""));
  authentication.set_password("secret");
  EXPECT_FALSE(authentication.check("other", "secret"));
}

TEST(AuthenticationTest, OpensAgain) {
  Authentication authentication;
  authentication.set_password("secret");
  authentication.set_password("");
  EXPECT_TRUE(authentication.open());
}

TEST(AuthenticationTest, ComparesAllBytesOfALongPassword) {
  const std::string password(100'000, 'p');
  std::string wrong = password;
  wrong.back() = 'q';
  Authentication authentication;
  authentication.set_password(password);
  EXPECT_TRUE(authentication.check("default", password));
  EXPECT_FALSE(authentication.check("default", wrong));
}

}  // namespace
}  // namespace sideline::command
