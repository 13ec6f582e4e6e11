#pragma once

#include <span>
#include <string_view>

namespace sideline::config {

/// A directive of Redis for something that this server does not have. A configuration may have it,
/// with any value, so that one written for Redis can be used; nothing comes of it, and the log says
/// so. CONFIG GET and SET do not know it.
struct InertDirective {
  std::string_view name;
  std::string_view loss =
      {};  ///< what whoever wrote it goes without; empty: nothing anyone could notice
};

[[nodiscard]] std::span<const InertDirective> inert_directives();

/// Null for an unknown name. Case does not matter.
[[nodiscard]] const InertDirective* find_inert(std::string_view name);

}  // namespace sideline::config
