#pragma once

#include <string>

#include "server/command/info/info_facts.h"

namespace sideline::command {

/// MEMORY DOCTOR: what is unusual about the memory, in sentences.
[[nodiscard]] std::string memory_report(const InfoFacts& facts);

/// MEMORY MALLOC-STATS: where the memory of the cache and of the heap is.
[[nodiscard]] std::string allocator_report(const InfoFacts& facts);

}  // namespace sideline::command
