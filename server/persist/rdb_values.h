#pragma once

#include <cstdint>
#include <string_view>

#include "server/persist/byte_reader.h"

// What a snapshot of Redis may hold and this server has no use for: it is passed over.
namespace sideline::persist::rdb {

/// A type of values other than strings.
struct OtherType {
  std::uint8_t code;
  std::string_view name;
  void (*pass)(ByteReader& reader);  ///< passes one value over
};

/// Null if there is none of this code up to kNewestVersion.
[[nodiscard]] const OtherType* find_other_type(std::uint8_t code);

/// Passes what is behind kModuleData over.
void pass_module_data(ByteReader& reader);

}  // namespace sideline::persist::rdb
