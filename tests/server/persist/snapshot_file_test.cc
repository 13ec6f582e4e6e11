#include "server/persist/snapshot_file.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <iterator>
#include <string>
#include <vector>

#include <gmock/gmock.h>

#include "server/files/file_descriptor.h"
#include "tests/support/temporary_folder.h"

namespace sideline::persist {
namespace {

using ::testing::HasSubstr;

/// No file of this process may become larger than so many bytes: as on a disk that is full.
class FileSizeLimit {
 public:
  explicit FileSizeLimit(rlim_t bytes) {
    ::getrlimit(RLIMIT_FSIZE, &before_);
    const rlimit limit{.rlim_cur = bytes, .rlim_max = before_.rlim_max};
    ::setrlimit(RLIMIT_FSIZE, &limit);
    handler_ = std::signal(SIGXFSZ, SIG_IGN);
  }
  FileSizeLimit(const FileSizeLimit&) = delete;
  FileSizeLimit& operator=(const FileSizeLimit&) = delete;
  ~FileSizeLimit() {
    ::setrlimit(RLIMIT_FSIZE, &before_);
    std::signal(SIGXFSZ, handler_);
  }

 private:
  rlimit before_{};
  void (*handler_)(int) = nullptr;
};

/// What root may do although it is not allowed, it may not do while this lives.
class Unprivileged {
 public:
  Unprivileged() {
    if (is_root_) become(kNobody);
  }
  Unprivileged(const Unprivileged&) = delete;
  Unprivileged& operator=(const Unprivileged&) = delete;
  ~Unprivileged() {
    if (is_root_) become(0);
  }

 private:
  static void become(uid_t user) { EXPECT_EQ(::seteuid(user), 0); }

  static constexpr uid_t kNobody = 65534;
  const bool is_root_ = ::geteuid() == 0;
};

class SnapshotFileTest : public testing::Test {
 protected:
  [[nodiscard]] std::size_t files() const {
    const std::filesystem::directory_iterator all(folder_.path(""));
    return static_cast<std::size_t>(std::distance(begin(all), end(all)));
  }

  test::TemporaryFolder folder_;
};

TEST_F(SnapshotFileTest, WhatKilledProcessesHaveLeftIsRemoved) {
  folder_.write("temp-12-dump.rdb", "half of it");
  folder_.write("temp-" + std::to_string(::getpid()) + "-dump.rdb", "half of it");
  const FileDescriptor in_use(
      ::open(folder_.write("temp-13-dump.rdb", "somebody's").c_str(), O_RDWR | O_CLOEXEC));
  ASSERT_EQ(::flock(in_use.get(), LOCK_EX), 0);
  const std::vector<std::string> others = {"temp-12-other.rdb", "temp-12x-dump.rdb",
                                           "temp-012-dump.rdb", "temp--1-dump.rdb",
                                           "temp-dump.rdb",     "temp-13-dump.rdb"};
  for (const std::string& other : others) {
    if (other != "temp-13-dump.rdb") folder_.write(other, "somebody's");
  }
  {
    const SnapshotFile file(folder_.path(""), "dump.rdb");
    EXPECT_EQ(file.failure(), std::nullopt);
    EXPECT_FALSE(std::filesystem::exists(folder_.path("temp-12-dump.rdb")));
  }
  for (const std::string& other : others) EXPECT_EQ(folder_.read(other), "somebody's") << other;
}

TEST_F(SnapshotFileTest, OneThatIsBeingWrittenIsNotTaken) {
  SnapshotFile first(folder_.path(""), "dump.rdb");
  first.write("first");
  const SnapshotFile second(folder_.path(""), "dump.rdb");
  EXPECT_THAT(second.failure().value_or(""), HasSubstr("File exists"));
  EXPECT_EQ(first.commit(), std::nullopt);
  EXPECT_EQ(folder_.read("dump.rdb"), "first");
}

TEST_F(SnapshotFileTest, TakesItsPlaceWhenItIsWhole) {
  folder_.write("dump.rdb", "old");
  SnapshotFile file(folder_.path(""), "dump.rdb");
  file.write("ne");
  file.write("w");
  EXPECT_EQ(folder_.read("dump.rdb"), "old");
  EXPECT_EQ(file.commit(), std::nullopt);
  EXPECT_EQ(folder_.read("dump.rdb"), "new");
  EXPECT_EQ(files(), 1);
}

TEST_F(SnapshotFileTest, OfManyPiecesIsWhole) {
  std::string all;
  SnapshotFile file(folder_.path(""), "dump.rdb");
  for (int i = 0; i < 110; ++i) {  // 11 MB: two pieces on their way, and a rest
    const std::string bytes(100'000, static_cast<char>('a' + i % 26));
    file.write(bytes);
    all += bytes;
  }
  EXPECT_EQ(file.commit(), std::nullopt);
  EXPECT_TRUE(folder_.read("dump.rdb") == all);
}

TEST_F(SnapshotFileTest, ThatIsGivenUpLeavesNothing) {
  folder_.write("dump.rdb", "old");
  { SnapshotFile(folder_.path(""), "dump.rdb").write("new"); }
  EXPECT_EQ(folder_.read("dump.rdb"), "old");
  EXPECT_EQ(files(), 1);
}

TEST_F(SnapshotFileTest, OnAFullDiskTheOldOneStaysWhereverThatEnds) {
  const std::string content = "something longer";
  for (std::size_t room = 0; room < content.size(); ++room) {
    folder_.write("dump.rdb", "old");
    {
      const FileSizeLimit limit(room);
      SnapshotFile file(folder_.path(""), "dump.rdb");
      file.write(content.substr(0, 5));
      file.write(content.substr(5));
      EXPECT_THAT(file.commit().value_or(""), HasSubstr("can't write"));
    }
    EXPECT_EQ(folder_.read("dump.rdb"), "old") << room;
    EXPECT_EQ(files(), 1) << room;
  }
}

TEST_F(SnapshotFileTest, KilledAtAnyByteItLeavesTheOldOne) {
  const std::string content = "something longer";
  folder_.write("dump.rdb", "old");
  for (std::size_t room = 0; room < content.size(); ++room) {
    const pid_t writer = ::fork();
    if (writer == 0) {  // dies by SIGXFSZ when it would write the next one
      std::signal(SIGXFSZ, SIG_DFL);
      const rlimit limit{.rlim_cur = room, .rlim_max = room};
      const rlimit no_core{};
      ::setrlimit(RLIMIT_FSIZE, &limit);
      ::setrlimit(RLIMIT_CORE, &no_core);
      SnapshotFile file(folder_.path(""), "dump.rdb");
      file.write(content.substr(0, 5));
      file.write(content.substr(5));
      ::_exit(file.commit() ? 1 : 0);
    }
    int status = 0;
    ASSERT_EQ(::waitpid(writer, &status, 0), writer);
    EXPECT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == SIGXFSZ) << status;
    const std::string left = "temp-" + std::to_string(writer) + "-dump.rdb";
    ASSERT_TRUE(std::filesystem::exists(folder_.path(left))) << room;
    EXPECT_EQ(folder_.read(left), content.substr(0, room));
    EXPECT_EQ(folder_.read("dump.rdb"), "old") << room;
    std::filesystem::remove(folder_.path(left));
  }
}

TEST_F(SnapshotFileTest, AFolderThatIsNotThereIsAFailure) {
  SnapshotFile file(folder_.path("nowhere"), "dump.rdb");
  file.write("new");
  EXPECT_THAT(file.commit().value_or(""), HasSubstr("No such file or directory"));
}

TEST_F(SnapshotFileTest, InAFolderThatIsReadOnlyTheOldOneStays) {
  using std::filesystem::perms;
  folder_.write("dump.rdb", "old");
  const perms all = std::filesystem::status(folder_.path("")).permissions();
  std::filesystem::permissions(folder_.path(""), perms(0555));
  {
    const Unprivileged nobody;
    SnapshotFile file(folder_.path(""), "dump.rdb");
    file.write("new");
    EXPECT_THAT(file.commit().value_or(""), HasSubstr("Permission denied"));
  }
  std::filesystem::permissions(folder_.path(""), all);
  EXPECT_EQ(folder_.read("dump.rdb"), "old");
  EXPECT_EQ(files(), 1);
}

TEST_F(SnapshotFileTest, AFolderInItsPlaceIsAFailureAndStays) {
  std::filesystem::create_directory(folder_.path("dump.rdb"));
  {
    SnapshotFile file(folder_.path(""), "dump.rdb");
    file.write("new");
    EXPECT_THAT(file.commit().value_or(""), HasSubstr("can't rename"));
  }
  EXPECT_EQ(files(), 1);
}

}  // namespace
}  // namespace sideline::persist
