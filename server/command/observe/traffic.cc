#include "server/command/observe/traffic.h"

namespace sideline::command {

Traffic::Totals Traffic::totals_ever() const {
  Totals sum;
  for (const Thread& thread : threads_) {
    sum.input_bytes += thread.input_bytes.value();
    sum.output_bytes += thread.output_bytes.value();
    sum.reads += thread.reads.value();
    sum.writes += thread.writes.value();
  }
  return sum;
}

Traffic::Totals Traffic::totals() const {
  const MutexLock lock(mutex_);
  const Totals ever = totals_ever();
  return {.input_bytes = ever.input_bytes - before_.input_bytes,
          .output_bytes = ever.output_bytes - before_.output_bytes,
          .reads = ever.reads - before_.reads,
          .writes = ever.writes - before_.writes};
}

void Traffic::reset() {
  const MutexLock lock(mutex_);
  before_ = totals_ever();
}

}  // namespace sideline::command
