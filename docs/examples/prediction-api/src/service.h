#pragma once

#include "settings.h"

namespace prediction {

/// Migrates the database, serves until SIGTERM or SIGINT, and finishes what is under way. Returns
/// whether it could. Throws if it cannot begin.
bool serve(const Settings& settings);

}  // namespace prediction
