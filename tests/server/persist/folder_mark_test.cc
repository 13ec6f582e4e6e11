#include "server/persist/folder_mark.h"

#include <fcntl.h>
#include <sys/file.h>

#include <chrono>
#include <filesystem>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "server/persist/snapshots.h"
#include "tests/support/command_fixture.h"

namespace sideline::persist {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class FolderMarkTest : public test::CommandFixture {
 protected:
  /// What a restore does: the folder is its own until this is closed. Not open: somebody has it.
  [[nodiscard]] FileDescriptor restorer() const {
    FileDescriptor opened(::open(used.path("").c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    EXPECT_TRUE(opened.is_open());
    return ::flock(opened.get(), LOCK_EX | LOCK_NB) == 0 ? std::move(opened) : FileDescriptor();
  }
  [[nodiscard]] bool is_marked() const { return !restorer().is_open(); }

  test::TemporaryFolder used;
  std::vector<std::string> events;
  log::Log told{[this](std::string_view event) { events.emplace_back(event); },
                log::Level::kNotice};
};

TEST_F(FolderMarkTest, KeepsARestoreOutAsLongAsItLives) {
  {
    const FolderMark mark(told, used.path(""));
    const FolderMark of_another_server(told, used.path(""));
    EXPECT_TRUE(mark.is_set());
    EXPECT_TRUE(of_another_server.is_set());
    EXPECT_TRUE(is_marked());
  }
  EXPECT_FALSE(is_marked());
  EXPECT_THAT(events, IsEmpty());
}

TEST_F(FolderMarkTest, IsSetOnceTheRestoreIsOver) {
  FileDescriptor restore = restorer();
  FolderMark mark(told, used.path(""));
  mark.try_to_set();
  EXPECT_FALSE(mark.is_set());
  EXPECT_THAT(events, ElementsAre(AllOf(HasSubstr("'" + used.path("") + "' as in use"),
                                        HasSubstr(": another program has it for itself;"))));
  restore = {};
  mark.try_to_set();
  EXPECT_TRUE(mark.is_set());
  EXPECT_TRUE(is_marked());
  EXPECT_EQ(events.size(), 2U);
  EXPECT_THAT(events.back(), EndsWith("' is marked as in use"));
}

TEST_F(FolderMarkTest, WaitsForAFolderThatIsMissing) {
  const std::string path = used.path("later");
  FolderMark mark(told, path);
  EXPECT_THAT(events, ElementsAre(HasSubstr(": No such file or directory;")));
  std::filesystem::create_directory(path);
  mark.try_to_set();
  EXPECT_TRUE(mark.is_set());
}

TEST_F(FolderMarkTest, AServerThatStartsDuringARestoreSetsItAfterwards) {
  config::Settings settings = default_settings();
  settings.dir = used.path("");
  settings.save.clear();  // so that nothing else wakes its thread
  config::Config its_config(settings, "");
  FileDescriptor restore = restorer();
  const Snapshots its_snapshots({.cache = cache,
                                 .config = its_config,
                                 .log = told,
                                 .changes = [] { return 0; },
                                 .obstacles = server.obstacles});
  restore = {};
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(60);
  while (!is_marked() && std::chrono::steady_clock::now() < deadline) std::this_thread::yield();
  EXPECT_TRUE(is_marked());
}

}  // namespace
}  // namespace sideline::persist
