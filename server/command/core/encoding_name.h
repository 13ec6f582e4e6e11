#pragma once

#include <cstddef>
#include <string_view>

#include <libcache/operations.h>

namespace sideline::command {

/// How Redis would keep the value.
[[nodiscard]] inline std::string_view encoding_name(const libcache::EntryInfo& info) {
  constexpr std::size_t kLongestEmbedded = 44;
  if (info.integer) return "int";
  const bool edited = info.encoding == libcache::Encoding::kEdited;
  return !edited && info.value_size <= kLongestEmbedded ? "embstr" : "raw";
}

}  // namespace sideline::command
