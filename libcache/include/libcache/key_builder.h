#pragma once

#include <array>
#include <charconv>
#include <concepts>
#include <cstddef>
#include <cstring>
#include <optional>
#include <string_view>
#include <system_error>

#include <libcache/key.h>

namespace libcache {

class KeyBuilder;

template <class T>
concept KeyText = std::convertible_to<const T&, std::string_view>;

/// An integer, written in decimal. A bool is none, nor is a character.
template <class T>
concept KeyInteger = std::integral<T> && !std::same_as<T, bool> && !std::same_as<T, char> &&
                     !std::same_as<T, wchar_t> && !std::same_as<T, char8_t> &&
                     !std::same_as<T, char16_t> && !std::same_as<T, char32_t>;

/// A type of the service's that says how it is written, by a function beside it:
///
///     enum class Model { kElo, kPoisson };
///     void append_key(libcache::KeyBuilder& out, Model model) {
///       out.add(model == Model::kElo ? "elo" : "poisson");
///     }
template <class T>
concept HasAppendKey = requires(KeyBuilder& out, const T& part) {
  append_key(out, part);
};

/// What a key can be built of.
template <class T>
concept KeyPart = KeyText<T> || std::same_as<T, char> || KeyInteger<T> || HasAppendKey<T>;

/// Builds a key from parts, in 256 bytes of its own: no allocation.
///
///     const libcache::KeyBuilder built("prediction:", game_id, ':', Model::kPoisson);
///     if (auto key = built.key()) cache.get(*key);              // "prediction:17:poisson"
///
/// Parts follow each other without separators: put one wherever two keys could become one ("1" and
/// "23" is "12" and "3"). A key that does not fit is none at all, never a part of one, as another
/// key may begin alike. Not to be used by several threads at once.
class KeyBuilder {
 public:
  /// The longest key, in bytes.
  static constexpr std::size_t kCapacity = 256;

  template <KeyPart... Parts>
  explicit KeyBuilder(const Parts&... parts) {
    add(parts...);
  }

  template <KeyPart... Parts>
  KeyBuilder& add(const Parts&... parts) {
    (append(parts), ...);
    return *this;
  }

  /// What was added; nothing if that was more than kCapacity bytes. Refers to this builder: valid
  /// until it is changed or destroyed.
  [[nodiscard]] std::optional<Key> key() const {
    if (too_long_) return std::nullopt;
    return Key(std::string_view(bytes_.data(), size_));
  }

 private:
  template <class Part>
  void append(const Part& part) {
    if constexpr (KeyText<Part>) {
      append_text(part);
    } else if constexpr (std::same_as<Part, char>) {
      append_text({&part, 1});
    } else if constexpr (KeyInteger<Part>) {
      append_integer(part);
    } else {
      append_key(*this, part);
    }
  }

  void append_text(std::string_view text) {
    too_long_ = too_long_ || text.size() > kCapacity - size_;
    if (too_long_ || text.empty()) return;
    std::memcpy(bytes_.data() + size_, text.data(), text.size());
    size_ += text.size();
  }

  template <KeyInteger Integer>
  void append_integer(Integer integer) {
    char* const begin = bytes_.data() + size_;
    const auto [end, error] = std::to_chars(begin, bytes_.data() + kCapacity, integer);
    too_long_ = too_long_ || error != std::errc();
    if (!too_long_) size_ += static_cast<std::size_t>(end - begin);
  }

  std::size_t size_ = 0;
  bool too_long_ = false;
  std::array<char, kCapacity> bytes_;  // the first size_ are the key; the others are not set
};

}  // namespace libcache
