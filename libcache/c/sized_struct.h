#pragma once

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <optional>
#include <type_traits>

namespace libcache::c {

// A struct of c.h that may grow begins with `struct_size`, the size that the caller compiled it
// with. It may be smaller than this library's (an older caller: the fields that are missing have
// their defaults) or larger (a newer one: what this library does not know must be zero, so that no
// field is read and dropped).

/// Fills the caller's struct; what this library does not know becomes zero. `size` is at least
/// that of the struct's first field.
template <class Struct>
void write_sized(Struct value, Struct* to, std::size_t size) {
  static_assert(std::is_trivially_copyable_v<Struct>);
  value.struct_size = size;
  std::memcpy(to, &value, std::min(size, sizeof value));
  if (size > sizeof value) {
    std::memset(reinterpret_cast<std::byte*>(to) + sizeof value, 0, size - sizeof value);
  }
}

/// The caller's fields over `defaults`. Nothing if the size cannot be, or if a field is set that
/// this library does not know.
template <class Struct>
std::optional<Struct> read_sized(const Struct* from, Struct defaults) {
  static_assert(std::is_trivially_copyable_v<Struct>);
  if (from == nullptr) return defaults;
  const std::size_t size = from->struct_size;
  if (size < sizeof from->struct_size) return std::nullopt;
  if (size > sizeof defaults) {
    const auto* bytes = reinterpret_cast<const std::byte*>(from);
    const auto is_set = [](std::byte byte) { return byte != std::byte{0}; };
    if (std::any_of(bytes + sizeof defaults, bytes + size, is_set)) return std::nullopt;
  }
  std::memcpy(&defaults, from, std::min(size, sizeof defaults));
  return defaults;
}

}  // namespace libcache::c
