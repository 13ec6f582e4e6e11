#pragma once

#include <array>
#include <cstddef>
#include <cstring>
#include <memory>
#include <string_view>
#include <utility>

namespace libcache {

/// A value that was read: a copy in this object (up to kInlineBytes), a copy that its copies share,
/// or (large values, from 16 KiB) a pin on the bytes in the cache. A pinned value never changes and
/// never dangles, whatever happens to its key; its bytes stay charged to the cache's limit until
/// the last pin on them is dropped. Cheap to copy. Any thread may drop it, also after the cache is
/// gone.
class Value {
 public:
  /// Longer copies take an allocation. So an object is 128 bytes: two cache lines, less 40 for the
  /// owner, where the bytes are, how many, and whether they are pinned.
  static constexpr std::size_t kInlineBytes = 88;

  Value() = default;
  /// As assign().
  explicit Value(std::string_view bytes, std::shared_ptr<const void> pin = nullptr) {
    assign(bytes, std::move(pin));
  }
  Value(const Value&) = default;
  Value& operator=(const Value&) = default;
  /// Leave an empty value behind.
  Value(Value&& other) noexcept { *this = std::move(other); }
  Value& operator=(Value&& other) noexcept {
    inline_ = other.inline_;
    hold(other.outside_, std::exchange(other.size_, 0), std::move(other.owner_),
         std::exchange(other.pinned_, false));
    return *this;
  }
  ~Value() = default;

  /// `pin` keeps the bytes valid and unchanged; without one they are copied. They must not be its
  /// own.
  void assign(std::string_view bytes, std::shared_ptr<const void> pin = nullptr) {
    if (pin == nullptr && bytes.size() <= kInlineBytes) {
      if (!bytes.empty()) std::memcpy(inline_.data(), bytes.data(), bytes.size());
      hold(nullptr, bytes.size(), nullptr, /*pinned=*/false);
    } else if (pin == nullptr) {
      auto copy = std::make_shared_for_overwrite<char[]>(bytes.size());
      std::memcpy(copy.get(), bytes.data(), bytes.size());
      const char* const begin = copy.get();
      hold(begin, bytes.size(), std::move(copy), /*pinned=*/false);
    } else {
      hold(bytes.data(), bytes.size(), std::move(pin), /*pinned=*/true);
    }
  }

  /// Valid as long as this object is, and, if pinned(), as long as pin() is held.
  [[nodiscard]] std::string_view bytes() const {
    return {owner_ ? outside_ : reinterpret_cast<const char*>(inline_.data()), size_};
  }
  [[nodiscard]] bool pinned() const { return pinned_; }
  /// Null if it is not pinned.
  [[nodiscard]] std::shared_ptr<const void> pin() const { return pinned_ ? owner_ : nullptr; }

 private:
  void hold(const char* outside, std::size_t size, std::shared_ptr<const void> owner, bool pinned) {
    owner_ = std::move(owner);
    outside_ = outside;
    size_ = size;
    pinned_ = pinned;
  }

  std::shared_ptr<const void> owner_;  // of the bytes at `outside_`; null: they are in inline_
  const char* outside_ = nullptr;
  std::size_t size_ = 0;
  std::array<std::byte, kInlineBytes> inline_;  // the first size_ of them are set, if any
  bool pinned_ = false;
};
static_assert(sizeof(Value) == 128);

}  // namespace libcache
