#pragma once

#include <string>

#include "server/command/info/info_facts.h"

namespace sideline::admin {

/// What /api/stats answers: everything a page needs that shows the server live, as one JSON object.
/// docs/metrics.md lists its members. Times are seconds or, where the name says so, milliseconds
/// since the UNIX epoch; what is not known is null. The lists are bounded: the 32 newest entries of
/// the slow log, and 100 clients, those first that hold most.
[[nodiscard]] std::string stats_json(const command::InfoFacts& facts);

}  // namespace sideline::admin
