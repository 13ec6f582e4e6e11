#include "tests/support/server_process.h"

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/inotify.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <string>

namespace sideline::test {
namespace {

using Clock = std::chrono::steady_clock;

// Far more than anything takes, also under a sanitizer on a busy machine.
constexpr std::chrono::seconds kPatience{60};

int milliseconds_until(Clock::time_point deadline) {
  const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(deadline - Clock::now());
  return static_cast<int>(std::max<std::chrono::milliseconds::rep>(left.count(), 0));
}

std::string program() {
  const char* const path = std::getenv("SERVER_UNDER_TEST");
  if (path == nullptr) throw std::runtime_error("SERVER_UNDER_TEST is not set");
  return path;
}

/// What C takes for a list of texts.
std::vector<char*> pointers_to(std::vector<std::string>& texts) {
  std::vector<char*> pointers;
  for (std::string& text : texts) pointers.push_back(text.data());
  pointers.push_back(nullptr);
  return pointers;
}

/// Starts a program, which is the first of its arguments; its standard output and error go to a
/// file.
pid_t spawn(std::vector<std::string> arguments, Variables variables, const std::string& output) {
  for (char** each = ::environ; *each != nullptr; ++each) variables.emplace_back(*each);

  posix_spawn_file_actions_t actions;
  ::posix_spawn_file_actions_init(&actions);
  ::posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, output.c_str(),
                                     O_WRONLY | O_CREAT | O_APPEND, 0600);
  ::posix_spawn_file_actions_adddup2(&actions, STDOUT_FILENO, STDERR_FILENO);
  pid_t pid = -1;
  const int error = ::posix_spawn(&pid, arguments[0].c_str(), &actions, nullptr,
                                  pointers_to(arguments).data(), pointers_to(variables).data());
  ::posix_spawn_file_actions_destroy(&actions);
  if (error != 0) throw std::runtime_error("can't start " + arguments[0]);
  return pid;
}

FileDescriptor open_process(pid_t pid) {
  return FileDescriptor(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)));
}

/// The code with which a process returned. Kills it if it does not.
int wait_for_end(pid_t pid, const FileDescriptor& process) {
  pollfd ended{.fd = process.get(), .events = POLLIN, .revents = 0};
  const bool in_time = ::poll(&ended, 1, milliseconds_until(Clock::now() + kPatience)) == 1;
  if (!in_time) ::kill(pid, SIGKILL);
  int status = 0;
  ::waitpid(pid, &status, 0);
  return in_time && WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

std::string with_folder(std::string option, const TemporaryFolder& folder) {
  constexpr std::string_view kPlace = "{folder}";
  if (const auto at = option.find(kPlace); at != std::string::npos) {
    option.replace(at, kPlace.size(), folder.path("."));
  }
  return option;
}

}  // namespace

Ending run_server(std::vector<std::string> arguments, Variables variables) {
  const TemporaryFolder folder;
  arguments.insert(arguments.begin(), program());
  const pid_t pid = spawn(std::move(arguments), std::move(variables), folder.path("output"));
  const int code = wait_for_end(pid, open_process(pid));
  return {code, folder.read("output")};
}

ServerProcess::ServerProcess(const std::vector<std::string>& options, Variables variables,
                             std::vector<std::string> launcher)
    : changes_(::inotify_init1(IN_CLOEXEC | IN_NONBLOCK)) {
  ::inotify_add_watch(changes_.get(), folder_.path(".").c_str(),
                      IN_CREATE | IN_MODIFY | IN_MOVED_TO);
  std::vector<std::string> arguments;
  // Options may start with a configuration file.
  for (const std::string& option : options) arguments.push_back(with_folder(option, folder_));
  const bool has_file = !arguments.empty() && !arguments.front().starts_with("--");
  arguments.insert(arguments.begin() + (has_file ? 1 : 0),
                   {"--bind", "127.0.0.1", "--port", "0", "--port-file", folder_.path("port"),
                    "--io-threads", "2"});
  launcher.push_back(program());
  launcher.insert(launcher.end(), arguments.begin(), arguments.end());
  pid_ = spawn(std::move(launcher), std::move(variables), folder_.path("output"));
  process_ = open_process(pid_);
  const auto is_ready = [this] {
    // Without TCP there is no port; with a log file, nothing is said.
    return !folder_.read("port").empty() ||
           output().find("Ready to accept connections") != std::string::npos;
  };
  if (!wait_until(is_ready)) {
    const std::string text = output();
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
    throw std::runtime_error("the server did not start: " + text);
  }
  port_ = std::atoi(folder_.read("port").c_str());
}

ServerProcess::~ServerProcess() {
  if (pid_ < 0) return;
  ::kill(pid_, SIGKILL);
  ::waitpid(pid_, nullptr, 0);
}

void ServerProcess::signal(int number) const { ::kill(pid_, number); }

Ending ServerProcess::wait() {
  const int code = wait_for_end(std::exchange(pid_, -1), process_);
  return {code, output()};
}

Ending ServerProcess::stop(int number) {
  signal(number);
  return wait();
}

bool ServerProcess::wait_for(std::string_view file, std::string_view text) const {
  return wait_until([&] { return folder_.read(file).find(text) != std::string::npos; });
}

/// Looks at each change in the folder, and when the process ends.
bool ServerProcess::wait_until(const std::function<bool()>& condition) const {
  const auto deadline = Clock::now() + kPatience;
  while (!condition()) {
    std::array<pollfd, 2> waits = {{{.fd = changes_.get(), .events = POLLIN, .revents = 0},
                                    {.fd = process_.get(), .events = POLLIN, .revents = 0}}};
    if (::poll(waits.data(), waits.size(), milliseconds_until(deadline)) <= 0) return false;
    if (waits[1].revents != 0) return condition();
    std::array<char, 4096> events{};
    while (::read(changes_.get(), events.data(), events.size()) > 0) {
    }
  }
  return true;
}

std::string ServerProcess::proc(std::string_view file) const {
  return "/proc/" + std::to_string(pid_) + "/" + std::string(file);
}

std::size_t ServerProcess::resident_memory() const { return statm(1); }
std::size_t ServerProcess::data_memory() const { return statm(5); }
std::size_t ServerProcess::address_space() const { return statm(0); }

/// A field of /proc/<pid>/statm, in bytes.
std::size_t ServerProcess::statm(int field) const {
  std::ifstream file(proc("statm"));
  std::size_t pages = 0;
  for (int i = 0; i <= field; ++i) file >> pages;
  return pages * static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
}

std::chrono::milliseconds ServerProcess::processor_time() const {
  clockid_t clock{};
  timespec time{};
  if (::clock_getcpuclockid(pid_, &clock) != 0 || ::clock_gettime(clock, &time) != 0) {
    throw std::runtime_error("the server's processor time cannot be read");
  }
  return std::chrono::duration_cast<std::chrono::milliseconds>(
      std::chrono::seconds(time.tv_sec) + std::chrono::nanoseconds(time.tv_nsec));
}

std::vector<int> ServerProcess::open_files() const {
  std::vector<int> numbers;
  for (const auto& entry : std::filesystem::directory_iterator(proc("fd"))) {
    numbers.push_back(std::stoi(entry.path().filename().string()));
  }
  return numbers;
}

void ServerProcess::limit(__rlimit_resource resource, std::size_t most) const {
  rlimit limit{};
  ::prlimit(pid_, resource, nullptr, &limit);
  limit.rlim_cur = most;
  if (::prlimit(pid_, resource, &limit, nullptr) != 0) {
    throw std::runtime_error("can't limit the server");
  }
}

}  // namespace sideline::test
