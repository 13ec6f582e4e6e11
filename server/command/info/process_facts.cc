#include "server/command/info/process_facts.h"

#include <sys/resource.h>
#include <sys/sysinfo.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <sstream>
#include <system_error>

namespace sideline::command {
namespace {

double seconds(const timeval& time) {
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
}

rusage usage_of(__rusage_who who) {
  rusage usage{};
  getrusage(who, &usage);
  return usage;
}

std::uint64_t resident_bytes() {
  std::ifstream statm("/proc/self/statm");
  std::uint64_t total_pages = 0;
  std::uint64_t resident_pages = 0;
  statm >> total_pages >> resident_pages;
  return resident_pages * static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE));
}

struct ThreadTimes {
  double user_seconds = 0;
  double system_seconds = 0;
};

/// Of the thread that the process began with, whichever asks: proc(5), fields 14 and 15, counted
/// from behind the name, which may hold anything.
ThreadTimes main_thread_times() {
  std::ifstream file("/proc/self/task/" + std::to_string(getpid()) + "/stat");
  std::string text;
  std::getline(file, text);
  std::istringstream fields(text.substr(text.rfind(')') + 1));
  std::string skipped;
  for (int field = 3; field < 14; ++field) fields >> skipped;
  double user_ticks = 0;
  double system_ticks = 0;
  fields >> user_ticks >> system_ticks;
  const auto ticks_a_second = static_cast<double>(sysconf(_SC_CLK_TCK));
  return {user_ticks / ticks_a_second, system_ticks / ticks_a_second};
}

std::uint64_t machine_bytes() {
  struct sysinfo info {};
  if (sysinfo(&info) != 0) return 0;
  return std::uint64_t{info.totalram} * info.mem_unit;
}

std::string system_name() {
  utsname name{};
  if (uname(&name) != 0) return {};
  return std::string(name.sysname) + ' ' + name.release + ' ' + name.machine;
}

}  // namespace

ProcessFacts process_facts() {
  std::error_code unreadable;
  const rusage own = usage_of(RUSAGE_SELF);
  const ThreadTimes main_thread = main_thread_times();
  const rusage children = usage_of(RUSAGE_CHILDREN);
  return {.process_id = getpid(),
          .executable = std::filesystem::read_symlink("/proc/self/exe", unreadable).string(),
          .system = system_name(),
          .resident_bytes = resident_bytes(),
          .machine_bytes = machine_bytes(),
          .cpu_system_seconds = seconds(own.ru_stime),
          .cpu_user_seconds = seconds(own.ru_utime),
          .main_thread_cpu_system_seconds = main_thread.system_seconds,
          .main_thread_cpu_user_seconds = main_thread.user_seconds,
          .children_cpu_system_seconds = seconds(children.ru_stime),
          .children_cpu_user_seconds = seconds(children.ru_utime)};
}

}  // namespace sideline::command
