#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

namespace libcache {

/// A value that was read: either a copy (small values) or a pin on the bytes in the cache (large
/// ones, from 16 KiB). A pinned value never changes and never dangles, whatever happens to its key;
/// its bytes stay charged to the cache's limit until the last pin on them is dropped.
/// Cheap to copy. Any thread may drop it, also after the cache is gone.
class Value {
 public:
  Value() = default;
  /// Copies the bytes.
  explicit Value(std::string_view copied) : copy_(copied) {}
  Value(std::string_view pinned, std::shared_ptr<const void> pin)
      : pinned_(pinned), pin_(std::move(pin)) {}

  /// Valid as long as this object is, and, if pinned(), as long as pin() is held.
  [[nodiscard]] std::string_view bytes() const { return pin_ ? pinned_ : std::string_view(copy_); }
  [[nodiscard]] bool pinned() const { return pin_ != nullptr; }
  [[nodiscard]] const std::shared_ptr<const void>& pin() const { return pin_; }

 private:
  std::string copy_;
  std::string_view pinned_;
  std::shared_ptr<const void> pin_;
};

}  // namespace libcache
