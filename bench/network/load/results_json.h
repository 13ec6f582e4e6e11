#pragma once

#include <string>

#include "bench/network/load/recorder.h"

namespace load {

/// One JSON object; durations in microseconds.
[[nodiscard]] std::string to_json(const Results& results);

}  // namespace load
