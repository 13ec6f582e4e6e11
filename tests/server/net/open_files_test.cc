#include "server/net/open_files.h"

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>

#include <array>
#include <cerrno>
#include <cstddef>
#include <optional>
#include <thread>

#include <gtest/gtest.h>

namespace sideline::net {
namespace {

/// Has getrlimit(2) fail for the calling thread from now on. False if the system refuses.
bool hide_limits() {
  std::array<sock_filter, 4> lines = {{
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_prlimit64, 0, 1),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
  }};
  const sock_fprog program{.len = lines.size(), .filter = lines.data()};
  rlimit limit{};
  return ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
         ::prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0 &&
         ::getrlimit(RLIMIT_NOFILE, &limit) != 0;
}

/// make_room_for() where the system does not tell how many files there may be. Nothing if that
/// can't be had here.
std::optional<OpenFiles> make_room_blindly(int clients) {
  std::optional<OpenFiles> files;
  std::thread([&] {
    if (hide_limits()) files = make_room_for(clients, config::Settings(), 2);
  }).join();
  return files;
}

TEST(OpenFilesTest, WithoutAKnownLimit1024AreAssumed) {
  const auto files = make_room_blindly(10'000);
  if (!files) GTEST_SKIP() << "no seccomp(2)";
  EXPECT_TRUE(files->is_assumed);
  EXPECT_EQ(files->error, EPERM);
  EXPECT_EQ(files->allowed, 1024U);
  EXPECT_EQ(files->clients, 1024 - 64 - 2 * 2);
}

TEST(OpenFilesTest, FewerClientsThanAreAssumedAreAllThere) {
  const auto files = make_room_blindly(100);
  if (!files) GTEST_SKIP() << "no seccomp(2)";
  EXPECT_TRUE(files->is_assumed);
  EXPECT_EQ(files->clients, 100);
}

TEST(OpenFilesTest, AKnownLimitIsNotAssumed) {
  const OpenFiles files = make_room_for(1, config::Settings(), 2);
  EXPECT_FALSE(files.is_assumed);
  EXPECT_EQ(files.error, 0);
  EXPECT_EQ(files.clients, 1);
}

}  // namespace
}  // namespace sideline::net
