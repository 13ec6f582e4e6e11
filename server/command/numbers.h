#pragma once

#include <libcache/number.h>

namespace sideline::command {

// Arguments are numbers in the same forms as values that the cache counts with.
using libcache::parse_float;
using libcache::parse_integer;

}  // namespace sideline::command
