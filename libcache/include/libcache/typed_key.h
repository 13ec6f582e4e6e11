#pragma once

#include <concepts>
#include <optional>
#include <type_traits>

#include <libcache/key.h>
#include <libcache/key_builder.h>

namespace libcache {

/// Keys of a typed cache: what is a Key already (strings) is used as it is; everything else is
/// written by a KeyBuilder (key_builder.h: integers, and types with an append_key()).
template <class T>
concept TypedKey = std::convertible_to<const T&, Key> || KeyPart<T>;

/// How such a key is passed: a string of any kind, if keys are strings.
template <TypedKey KeyType>
using KeyArgumentOf =
    std::conditional_t<std::convertible_to<const KeyType&, Key>, Key, const KeyType&>;

/// The key in bytes, which may lie in the builder; nothing if it is too long.
template <TypedKey KeyType>
std::optional<Key> build_key(KeyArgumentOf<KeyType> key, KeyBuilder& builder) {
  if constexpr (std::same_as<KeyArgumentOf<KeyType>, Key>) {
    return key;
  } else {
    return builder.add(key).key();
  }
}

}  // namespace libcache
