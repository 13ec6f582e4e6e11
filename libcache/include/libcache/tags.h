#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <span>
#include <string_view>

namespace libcache {

/// What an entry depends on, by names of the service's choice, so that everything that depends on
/// one thing can be dropped at once, whatever the keys:
///
///     cache.set(key, page, {.ttl = 30min, .tags = {"game:123", "league:nfl"}});
///     cache.invalidate_tag("game:123");
///
/// What a load brings has the tags of its LoadOptions. A tag is kept as 32 bits of its name's hash.
/// Two names may share them: then invalidating one drops what has the other as well. An entry takes
/// 9 bytes for having tags and 4 for each. A plain value.
class Tags {
 public:
  static constexpr std::size_t kMost = 8;

  constexpr Tags() = default;
  /// Throws std::length_error if there are more than kMost.
  Tags(std::initializer_list<std::string_view> names);
  explicit Tags(std::span<const std::string_view> names);

  [[nodiscard]] constexpr bool empty() const { return count_ == 0; }
  [[nodiscard]] constexpr std::size_t size() const { return count_; }
  friend bool operator==(const Tags&, const Tags&) = default;

 private:
  friend class Item;
  friend class TagEpochs;

  std::array<std::uint32_t, kMost> ids_{};
  std::uint8_t count_ = 0;
};

}  // namespace libcache
