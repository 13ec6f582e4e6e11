#pragma once

#include <cstdint>
#include <span>
#include <string_view>

namespace sideline::command {

/// A bit and the word for it.
struct FlagName {
  std::uint32_t flag;
  std::string_view name;
};

// In the order in which Redis shows them.
[[nodiscard]] std::span<const FlagName> flag_names();        ///< of Flag; those that are shown
[[nodiscard]] std::span<const FlagName> category_names();    ///< of Category
[[nodiscard]] std::span<const FlagName> key_access_names();  ///< of KeyAccess

/// The Category of this name, in either case; 0 if there is none.
[[nodiscard]] std::uint32_t category_of(std::string_view name);

}  // namespace sideline::command
