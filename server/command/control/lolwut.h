#pragma once

#include <cstdint>
#include <string>

namespace sideline::command {

/// A picture of some lines that `seed` alone decides.
[[nodiscard]] std::string lolwut_picture(std::uint64_t seed);

}  // namespace sideline::command
