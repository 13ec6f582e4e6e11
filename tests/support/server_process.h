#pragma once

#include <sys/resource.h>
#include <sys/types.h>

#include <chrono>
#include <csignal>
#include <cstddef>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "server/files/file_descriptor.h"
#include "tests/support/temporary_folder.h"

namespace sideline::test {

/// How a process ended.
struct Ending {
  int code = -1;       ///< what it returned; -1 if a signal or the test ended it
  std::string output;  ///< what it wrote
};

/// Environment variables, "NAME=value" each, that a server has besides those of the test.
using Variables = std::vector<std::string>;

/// Runs the server with `arguments` to its end, which has to come by itself.
[[nodiscard]] Ending run_server(std::vector<std::string> arguments, Variables variables = {});

/// A server process of its own that listens on a free port of 127.0.0.1. The environment
/// variable SERVER_UNDER_TEST names the program.
class ServerProcess {
 public:
  /// Returns once the server is ready. `options` are added to the command line, and win; an option
  /// with {folder} in it gets the path of folder(). Throws if the server does not start. `launcher`
  /// is a command that becomes the server: it gets the path and all arguments of it.
  explicit ServerProcess(const std::vector<std::string>& options = {}, Variables variables = {},
                         std::vector<std::string> launcher = {});
  /// Kills it if it still runs.
  ~ServerProcess();
  ServerProcess(const ServerProcess&) = delete;
  ServerProcess& operator=(const ServerProcess&) = delete;

  [[nodiscard]] int port() const { return port_; }
  [[nodiscard]] pid_t pid() const { return pid_; }
  [[nodiscard]] const TemporaryFolder& folder() const { return folder_; }

  void signal(int number) const;
  /// Waits for the end of the process.
  Ending wait();
  /// Asks it to end, and waits.
  Ending stop(int number = SIGTERM);

  /// What it wrote so far.
  [[nodiscard]] std::string output() const { return folder_.read("output"); }
  /// Waits until a file of folder() contains a text. False if that does not happen.
  [[nodiscard]] bool wait_for(std::string_view file, std::string_view text) const;

  /// Bytes of memory that the process has now, of what it may write and nobody else sees (what
  /// RLIMIT_DATA limits), and of address space.
  [[nodiscard]] std::size_t resident_memory() const;
  [[nodiscard]] std::size_t data_memory() const;
  [[nodiscard]] std::size_t address_space() const;
  /// The processor time that it has taken.
  [[nodiscard]] std::chrono::milliseconds processor_time() const;
  /// The numbers of its open files.
  [[nodiscard]] std::vector<int> open_files() const;
  /// It gets no more than that of a resource (RLIMIT_NOFILE) from now on.
  void limit(__rlimit_resource resource, std::size_t most) const;

 private:
  [[nodiscard]] std::string proc(std::string_view file) const;
  [[nodiscard]] std::size_t statm(int field) const;
  [[nodiscard]] bool wait_until(const std::function<bool()>& condition) const;

  TemporaryFolder folder_;
  FileDescriptor changes_;  // tells of every change in the folder
  pid_t pid_ = -1;
  FileDescriptor process_;  // readable when the process has ended
  int port_ = 0;
};

}  // namespace sideline::test
