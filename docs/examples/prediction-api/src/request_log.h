#pragma once

#include <fstream>
#include <string>
#include <string_view>

namespace prediction {

/// A line for each request, on standard output or at the end of a file. Each line is written at
/// once, so several processes may share a file. Used by one thread.
class RequestLog {
 public:
  /// `path`: of the file, which is made if need be; "": standard output. Throws std::system_error.
  explicit RequestLog(std::string path);

  /// Puts the time (UTC) before the line, and its end after it. What a full disk does not take is
  /// lost.
  void write(std::string_view line);

  /// Goes on with a new file, when the one before has been renamed. If there can be none it goes on
  /// with the old one, and throws std::system_error. Standard output stays.
  void reopen();

 private:
  std::string path_;
  std::ofstream file_;
};

}  // namespace prediction
