#pragma once

#include <cstdint>
#include <string>

namespace sideline::command {

/// What the operating system knows of this process and its machine, at one moment. A value that
/// cannot be read is 0 or empty.
struct ProcessFacts {
  std::int64_t process_id = 0;
  std::string executable;
  std::string system;  ///< "Linux 6.1.0 x86_64"
  std::uint64_t resident_bytes = 0;
  std::uint64_t machine_bytes = 0;  ///< memory of the machine
  double cpu_system_seconds = 0;
  double cpu_user_seconds = 0;
  double main_thread_cpu_system_seconds = 0;
  double main_thread_cpu_user_seconds = 0;
  double children_cpu_system_seconds = 0;
  double children_cpu_user_seconds = 0;
};

/// Reads them: some system calls.
[[nodiscard]] ProcessFacts process_facts();

}  // namespace sideline::command
