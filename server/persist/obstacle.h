#pragma once

#include <cstdint>

namespace sideline::persist {

/// What keeps some requests from running, as bits: all of them are rare.
enum Obstacle : std::uint8_t {
  kLoadingFirst = 1U << 0,   ///< nobody is served before the snapshot is loaded
  kLoadingBeside = 1U << 1,  ///< clients are served while it is loaded
  kCannotSave = 1U << 2,     ///< the last one could not be saved, and that is to stop writers
};

}  // namespace sideline::persist
