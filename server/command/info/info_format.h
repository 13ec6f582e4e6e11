#pragma once

#include <cstdint>
#include <string>

namespace sideline::command {

struct InfoFacts;

/// In full.
[[nodiscard]] inline std::string number(std::uint64_t value) { return std::to_string(value); }

/// The value of fields that count what there is none of.
[[nodiscard]] inline std::string zero(const InfoFacts& /*facts*/) { return "0"; }

/// With so many digits behind the point: "1.50".
[[nodiscard]] std::string decimal(double value, int digits);

/// A number of bytes for people, in powers of 1024: "512B", "1.50K", "256.00M".
[[nodiscard]] std::string human_bytes(std::uint64_t bytes);

}  // namespace sideline::command
