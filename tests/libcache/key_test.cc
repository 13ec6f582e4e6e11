#include <cstddef>
#include <string_view>

#include <gtest/gtest.h>
#include <libcache/key.h>

namespace libcache {
namespace {

TEST(Key, HasTheBytesAndTheDatabaseItWasMadeOf) {
  const std::string_view bytes("a\0b", 3);
  const Key key(bytes, kDatabases - 1);
  EXPECT_EQ(key.bytes(), bytes);
  EXPECT_EQ(key.bytes().data(), bytes.data());
  EXPECT_EQ(key.database(), kDatabases - 1);
  EXPECT_EQ(Key(bytes).database(), 0);
  EXPECT_TRUE(Key().bytes().empty());
}

TEST(Key, OneThatIsFarTooLargeIsNoOther) {
  const char byte = 'k';
  const std::size_t size = (std::size_t{1} << 32) + 1;  // claimed, and never looked at
  EXPECT_EQ(Key(std::string_view(&byte, size), 3).bytes().size(), size);
}

TEST(Key, IsEqualToOneOfTheSameBytesInTheSameDatabase) {
  EXPECT_EQ(Key("a", 1), Key("a", 1));
  EXPECT_NE(Key("a", 1), Key("a", 2));
  EXPECT_NE(Key("a", 1), Key("b", 1));
  EXPECT_NE(Key("a"), Key("ab"));
}

}  // namespace
}  // namespace libcache
