#pragma once

#include <sys/wait.h>

#include <array>
#include <cstdio>
#include <stdexcept>
#include <string>

namespace sideline::test {

/// What a program said, on standard output and standard error.
struct ToolResult {
  int code = -1;
  std::string output;
};

/// Runs a line of the shell, for half a minute at most.
[[nodiscard]] inline ToolResult run_tool(const std::string& line) {
  // The line is an argument, so that its pipes are under the time limit too.
  std::string quoted;
  for (const char c : line) quoted += c == '\'' ? "'\\''" : std::string(1, c);
  std::FILE* const pipe = ::popen(("timeout 30 sh -c '" + quoted + "' 2>&1").c_str(), "r");
  if (pipe == nullptr) throw std::runtime_error("can't start a shell");
  ToolResult result;
  std::array<char, 4096> piece;
  while (const std::size_t got = std::fread(piece.data(), 1, piece.size(), pipe)) {
    result.output.append(piece.data(), got);
  }
  const int status = ::pclose(pipe);
  result.code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  return result;
}

}  // namespace sideline::test
