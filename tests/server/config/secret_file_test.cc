#include "server/config/secret_file.h"

#include <sys/stat.h>

#include <filesystem>
#include <string>

#include <gtest/gtest.h>

#include "tests/support/temporary_folder.h"

namespace sideline::config {
namespace {

class SecretFile : public ::testing::Test {
 protected:
  std::string secret(std::string_view content) {
    return std::get<std::string>(read_secret(folder.write("secret", content)));
  }
  std::string failure(const std::string& path) {
    return std::get<SecretFailure>(read_secret(path)).text;
  }

  const test::TemporaryFolder folder;
};

TEST_F(SecretFile, HoldsThePassword) {
  EXPECT_EQ(secret("open sesame"), "open sesame");
  EXPECT_EQ(secret(" a\tb "), " a\tb ");
}

TEST_F(SecretFile, LosesTheEndOfItsLastLineOnly) {
  EXPECT_EQ(secret("secret\n"), "secret");
  EXPECT_EQ(secret("secret\r\n"), "secret");
  EXPECT_EQ(secret("two\nlines\n\n"), "two\nlines\n");
}

TEST_F(SecretFile, MustHoldSomething) {
  const std::string path = folder.write("secret", "\n");
  EXPECT_EQ(failure(path), "'" + path + "' holds no password");
  folder.write("secret", "");
  EXPECT_EQ(failure(path), "'" + path + "' holds no password");
}

TEST_F(SecretFile, IsOfASizeThatAPasswordMayHave) {
  EXPECT_EQ(secret(std::string(65536, 'x')).size(), 65536U);
  const std::string path = folder.write("secret", std::string(65537, 'x'));
  EXPECT_EQ(failure(path), "'" + path + "' is too long for a password");
}

TEST_F(SecretFile, MustBeAFileSoThatNobodyWaits) {
  const std::string pipe = folder.path("pipe");
  ASSERT_EQ(::mkfifo(pipe.c_str(), 0600), 0);
  EXPECT_EQ(failure(pipe), "'" + pipe + "' is no file");
  EXPECT_EQ(failure("/dev/zero"), "'/dev/zero' is no file");
}

TEST_F(SecretFile, MayBeALink) {
  folder.write("secret", "open sesame");
  std::filesystem::create_symlink("secret", folder.path("link"));
  EXPECT_EQ(std::get<std::string>(read_secret(folder.path("link"))), "open sesame");
}

TEST_F(SecretFile, MustBeReadable) {
  EXPECT_EQ(failure(folder.path("none")),
            "can't read '" + folder.path("none") + "': No such file or directory");
  EXPECT_EQ(failure(folder.path("")), "can't read '" + folder.path("") + "': Is a directory");
}

}  // namespace
}  // namespace sideline::config
