// For LD_PRELOAD: the calendar time of a program runs kSpeed times faster from its start on. What
// it measures with other clocks is left alone.

#include <sys/syscall.h>
#include <sys/time.h>
#include <unistd.h>

#include <cstdint>
#include <ctime>

namespace {

constexpr std::int64_t kSpeed = 500;  // as bench/hitratio/server_replay.cc has it
constexpr std::int64_t kNanosecondsASecond = 1'000'000'000;

std::int64_t real_time() {
  timespec time{};
  ::syscall(SYS_clock_gettime, CLOCK_REALTIME, &time);  // clock_gettime() is the function below
  return time.tv_sec * kNanosecondsASecond + time.tv_nsec;
}

std::int64_t fast_time() {
  static const std::int64_t start = real_time();
  return start + (real_time() - start) * kSpeed;
}

}  // namespace

extern "C" {

int clock_gettime(clockid_t clock, timespec* time) noexcept {
  if (clock != CLOCK_REALTIME && clock != CLOCK_REALTIME_COARSE) {
    return static_cast<int>(::syscall(SYS_clock_gettime, clock, time));
  }
  const std::int64_t now = fast_time();
  *time = {now / kNanosecondsASecond, now % kNanosecondsASecond};
  return 0;
}

int gettimeofday(timeval* time, void* /*zone*/) noexcept {
  const std::int64_t now = fast_time();
  *time = {now / kNanosecondsASecond, now % kNanosecondsASecond / 1000};
  return 0;
}

time_t time(time_t* out) noexcept {
  const std::int64_t now = fast_time() / kNanosecondsASecond;
  if (out != nullptr) *out = now;
  return now;
}

}  // extern "C"
