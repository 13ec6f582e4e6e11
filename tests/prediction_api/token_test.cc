#include "token.h"

#include <optional>
#include <string>

#include <gtest/gtest.h>

namespace prediction {
namespace {

const std::string kSecret(32, 's');

TEST(Token, NamesItsSubjectUntilItExpires) {
  const std::string token = sign_token(kSecret, "ann", 1000);
  EXPECT_EQ(verify_token(kSecret, token, 999), "ann");
  EXPECT_EQ(verify_token(kSecret, token, 1000), std::nullopt);
}

TEST(Token, IsOfNoUseWithAnotherSecretOrChanged) {
  std::string token = sign_token(kSecret, "ann", 1000);
  EXPECT_EQ(verify_token(std::string(32, 'x'), token, 0), std::nullopt);
  char& letter = token[token.find('.') + 3];
  letter = letter == 'A' ? 'B' : 'A';
  EXPECT_EQ(verify_token(kSecret, token, 0), std::nullopt);
}

TEST(Token, IsNotAnyText) {
  for (const char* text : {"", ".", "..", "a.b.c", "eyJhbGciOiJub25lIn0.eyJzdWIiOiJhIn0."}) {
    EXPECT_EQ(verify_token(kSecret, text, 0), std::nullopt) << text;
  }
}

}  // namespace
}  // namespace prediction
