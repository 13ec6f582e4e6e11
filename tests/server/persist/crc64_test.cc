#include "server/persist/crc64.h"

#include <string>

#include <gtest/gtest.h>

namespace sideline::persist {
namespace {

TEST(Crc64, IsThatOfRedis) {
  EXPECT_EQ(crc64(0, ""), 0);
  EXPECT_EQ(crc64(0, "123456789"), 0xE9C6'D914'C4B8'D9CA);
}

TEST(Crc64, OfPiecesIsThatOfTheWhole) {
  std::string bytes;
  for (int i = 0; i < 100; ++i) bytes += static_cast<char>(i * 37);
  for (std::size_t at = 0; at <= bytes.size(); ++at) {
    EXPECT_EQ(crc64(crc64(0, bytes.substr(0, at)), bytes.substr(at)), crc64(0, bytes)) << at;
  }
}

}  // namespace
}  // namespace sideline::persist
