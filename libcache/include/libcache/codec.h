#pragma once

#include <array>
#include <bit>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <memory_resource>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>

namespace libcache {

/// What a codec says its bytes are: a type of the service's, and a version of that type's encoding.
/// The cache keeps it in front of each value, in 4 bytes, and what is kept with another one is a
/// miss.
///
/// Whatever changes the meaning of the bytes (a field added, moved or given another type) needs
/// another version. Two versions of one name are always told apart, two names but for one pair in
/// 2^32. A name belongs to one type. The bytes are in the machine's order: what comes from a
/// machine with another one is a miss too.
struct Format {
  constexpr Format(std::string_view name, std::uint32_t version)
      // The factor is odd: each version of a name gets bits of its own.
      : bits(hash(name) + version * std::uint32_t{0x9E3779B1}) {}
  [[nodiscard]] friend constexpr bool operator==(Format a, Format b) = default;

  std::uint32_t bits;  ///< public only because template arguments must be

 private:
  /// FNV-1a.
  static constexpr std::uint32_t hash(std::string_view name) {
    std::uint32_t hash = 0x811C9DC5;
    for (const char c : name) hash = (hash ^ static_cast<unsigned char>(c)) * 0x01000193;
    return hash;
  }
};

/// How a `Value` becomes bytes and comes back. A codec is a plain struct:
///
///     struct ScoreCodec {
///       static constexpr libcache::Format kFormat{"Score", 1};
///       static void encode(const Score& score, std::pmr::string& out);       // appends to out
///       static std::optional<Score> decode(std::string_view bytes);          // nothing: a miss
///     };
///
/// Neither function sees the format's 4 bytes. decode() gets what encode() appended; if somebody
/// changed the entry behind the service's back, any bytes: it must answer with a value or with
/// nothing. Both are called by several threads at once. What they throw goes to the caller of the
/// cache. `out` must not be kept.
template <class Codec, class Value>
concept CodecFor = requires(const Value& value, std::pmr::string& out, std::string_view bytes) {
  { Codec::kFormat } -> std::convertible_to<Format>;
  Codec::encode(value, out);
  { Codec::decode(bytes) } -> std::same_as<std::optional<Value>>;
};

/// A codec may also say `static constexpr bool kDecodesInPlace = true`: its decode() does hardly
/// more than copy the bytes, and calls nothing that could use the cache. Then values below 16 KiB
/// are decoded where they lie, under the cache's lock. Others are copied out (or pinned) first.
template <class Codec>
concept DecodesInPlace = requires {
  requires Codec::kDecodesInPlace;
};

/// What TrivialCodec takes: an object whose bytes are its value. What only refers to something
/// (pointers, string views) is refused where it can be told; a struct that holds a pointer cannot.
template <class T>
concept TriviallyStored =
    std::is_trivially_copyable_v<T> && std::is_object_v<T> && !std::is_array_v<T> &&
    std::same_as<T, std::remove_cv_t<T>> && !std::is_pointer_v<T> && !std::is_member_pointer_v<T> &&
    !std::is_null_pointer_v<T> && !std::convertible_to<T, std::string_view>;

/// Numbers, enums, structs and arrays of them, as they lie in memory (padding too). Bytes of
/// another size than T's are a miss. If not every pattern of bits is a T (a struct with a bool),
/// nobody but this codec may write in its format.
template <TriviallyStored T, Format kFormatOfT>
struct TrivialCodec {
  static constexpr Format kFormat = kFormatOfT;
  static constexpr bool kDecodesInPlace = true;

  static void encode(const T& value, std::pmr::string& out) {
    out.append(reinterpret_cast<const char*>(std::addressof(value)), sizeof(T));
  }

  static std::optional<T> decode(std::string_view bytes) {
    std::array<char, sizeof(T)> copy;
    if (bytes.size() != copy.size()) return std::nullopt;
    std::memcpy(copy.data(), bytes.data(), copy.size());
    if constexpr (std::same_as<T, bool>) {
      if (copy[0] != 0 && copy[0] != 1) return std::nullopt;
    }
    return std::bit_cast<T>(copy);
  }
};

/// Strings of any bytes.
template <Format kFormatOfString = Format("std::string", 1)>
struct StringCodec {
  static constexpr Format kFormat = kFormatOfString;
  static constexpr bool kDecodesInPlace = true;

  static void encode(std::string_view value, std::pmr::string& out) { out.append(value); }
  static std::optional<std::string> decode(std::string_view bytes) { return std::string(bytes); }
};

/// Appends what a cache stores for a value: the codec's format, then its bytes.
template <class Codec, class Value>
void encode_stored(const Value& value, std::pmr::string& out) {
  const auto format = std::bit_cast<std::array<char, sizeof(Format)>>(Codec::kFormat);
  out.append(format.data(), format.size());
  Codec::encode(value, out);
}

/// The value of what encode_stored() appended; nothing for other bytes.
template <class Codec>
auto decode_stored(std::string_view stored) -> decltype(Codec::decode(stored)) {
  const auto format = std::bit_cast<std::array<char, sizeof(Format)>>(Codec::kFormat);
  if (!stored.starts_with(std::string_view(format.data(), format.size()))) return std::nullopt;
  return Codec::decode(stored.substr(format.size()));
}

}  // namespace libcache
