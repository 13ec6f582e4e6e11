#include "bench/engine/instructions.h"

#include <linux/perf_event.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace bench {
namespace {

int open_counter() {
  perf_event_attr attributes{};
  attributes.size = sizeof attributes;
  attributes.type = PERF_TYPE_HARDWARE;
  attributes.config = PERF_COUNT_HW_INSTRUCTIONS;
  attributes.exclude_kernel = 1;
  attributes.exclude_hv = 1;
  constexpr int kThisThread = 0;
  constexpr int kAnyProcessor = -1;
  constexpr int kNoGroup = -1;
  return static_cast<int>(::syscall(SYS_perf_event_open, &attributes, kThisThread, kAnyProcessor,
                                    kNoGroup, PERF_FLAG_FD_CLOEXEC));
}

}  // namespace

InstructionCounter::InstructionCounter() : descriptor_(open_counter()) {}

InstructionCounter::~InstructionCounter() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

std::optional<std::uint64_t> InstructionCounter::read() const {
  std::uint64_t value = 0;
  if (descriptor_ < 0 || ::read(descriptor_, &value, sizeof value) != sizeof value) return {};
  return value;
}

std::string instruction_counter_state() {
  const int descriptor = open_counter();
  if (descriptor < 0) return std::string("not counted: perf_event_open: ") + std::strerror(errno);
  ::close(descriptor);
  return "counted";
}

}  // namespace bench
