#pragma once

#include <sys/types.h>

#include <filesystem>
#include <string>
#include <vector>

namespace bench {

/// A cache server that runs as long as this object lives, and not longer than this process. It is
/// reached over a UNIX socket in a folder of its own.
class ServerProcess {
 public:
  /// Returns when the server accepts connections. The command line is `command`, then where the
  /// socket is, then `options`. Throws std::runtime_error if the server does not start.
  ServerProcess(const std::vector<std::string>& command, const std::vector<std::string>& options);
  ~ServerProcess();
  ServerProcess(const ServerProcess&) = delete;
  ServerProcess& operator=(const ServerProcess&) = delete;

  [[nodiscard]] const std::string& socket() const { return socket_; }

 private:
  std::filesystem::path folder_;
  std::string socket_;
  pid_t pid_;
};

}  // namespace bench
