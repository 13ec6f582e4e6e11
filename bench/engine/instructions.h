#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace bench {

/// Counts the instructions that the calling thread executes in user mode, where the machine has a
/// counter for that and lets us read it (many virtual machines have none).
class InstructionCounter {
 public:
  InstructionCounter();
  ~InstructionCounter();
  InstructionCounter(const InstructionCounter&) = delete;
  InstructionCounter& operator=(const InstructionCounter&) = delete;

  /// Since the construction; nothing where there is no counter.
  [[nodiscard]] std::optional<std::uint64_t> read() const;

 private:
  int descriptor_;  // -1: no counter
};

/// "counted", or why not, in words.
[[nodiscard]] std::string instruction_counter_state();

}  // namespace bench
