#include "bench/hitratio/server_process.h"

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <stdexcept>
#include <thread>

namespace bench {
namespace {

constexpr std::chrono::seconds kPatience{20};

std::filesystem::path make_folder() {
  std::string name = std::filesystem::temp_directory_path() / "hitratio-XXXXXX";
  if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("cannot make " + name);
  return name;
}

pid_t start(std::vector<std::string> arguments) {
  std::vector<char*> pointers;
  for (std::string& argument : arguments) pointers.push_back(argument.data());
  pointers.push_back(nullptr);
  const pid_t pid = ::fork();
  if (pid < 0) throw std::runtime_error("cannot fork");
  if (pid > 0) return pid;
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  const int nowhere = ::open("/dev/null", O_WRONLY | O_CLOEXEC);
  ::dup2(nowhere, STDOUT_FILENO);
  ::execvp(pointers[0], pointers.data());
  ::_exit(127);
}

bool accepts_connections(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  path.copy(address.sun_path, sizeof address.sun_path - 1);
  const int descriptor = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const bool connected =
      ::connect(descriptor, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
  ::close(descriptor);
  return connected;
}

bool has_ended(pid_t pid) {
  siginfo_t info{};
  constexpr int kOnlyLook = WEXITED | WNOHANG | WNOWAIT;
  return ::waitid(P_PID, static_cast<id_t>(pid), &info, kOnlyLook) != 0 || info.si_pid != 0;
}

void end(pid_t pid) {
  ::kill(pid, SIGTERM);
  ::waitpid(pid, nullptr, 0);
}

}  // namespace

ServerProcess::ServerProcess(const std::vector<std::string>& command,
                             const std::vector<std::string>& options)
    : folder_(make_folder()), socket_(folder_ / "socket") {
  std::vector<std::string> arguments = command;
  arguments.insert(arguments.end(), {"--port", "0", "--unixsocket", socket_});
  arguments.insert(arguments.end(), options.begin(), options.end());
  pid_ = start(std::move(arguments));
  const auto deadline = std::chrono::steady_clock::now() + kPatience;
  while (!accepts_connections(socket_)) {
    if (has_ended(pid_) || std::chrono::steady_clock::now() > deadline) {
      end(pid_);
      std::filesystem::remove_all(folder_);
      throw std::runtime_error(command.back() + " did not start");
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
}

ServerProcess::~ServerProcess() {
  end(pid_);
  std::filesystem::remove_all(folder_);
}

}  // namespace bench
