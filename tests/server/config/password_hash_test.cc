#include "server/config/password_hash.h"

#include <string>

#include <gtest/gtest.h>

namespace sideline::config {
namespace {

// FIPS 180-2, appendix B.1, and the well-known hash of nothing.
constexpr std::string_view kHashOfAbc =
    "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
constexpr std::string_view kHashOfNothing =
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

TEST(PasswordHash, IsSha256) {
  EXPECT_EQ(password_hash("abc"), kHashOfAbc);
  EXPECT_EQ(password_hash(""), kHashOfNothing);
}

TEST(PasswordHash, KnowsItsForm) {
  EXPECT_TRUE(is_password_hash(kHashOfAbc));
  EXPECT_FALSE(is_password_hash(""));
  EXPECT_FALSE(is_password_hash(kHashOfAbc.substr(1)));
  EXPECT_FALSE(is_password_hash(std::string(kHashOfAbc) + "0"));
  EXPECT_FALSE(is_password_hash("B" + std::string(kHashOfAbc.substr(1))));
  EXPECT_FALSE(is_password_hash("g" + std::string(kHashOfAbc.substr(1))));
}

TEST(PasswordHash, ComparesAllOfIt) {
  std::string other(kHashOfAbc);
  EXPECT_TRUE(same_password_hash(kHashOfAbc, other));
  other.back() = '0';
  EXPECT_FALSE(same_password_hash(kHashOfAbc, other));
  EXPECT_FALSE(same_password_hash(kHashOfAbc, kHashOfAbc.substr(1)));
}

}  // namespace
}  // namespace sideline::config
