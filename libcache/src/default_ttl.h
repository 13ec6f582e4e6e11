#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <optional>

namespace libcache {

/// The lifetime of entries that are stored without naming one. May change at any time; who reads it
/// needs no lock.
class DefaultTtl {
 public:
  [[nodiscard]] std::optional<std::chrono::milliseconds> get() const {
    const std::int64_t ms = ms_.load(std::memory_order_relaxed);
    return ms == kNone ? std::nullopt : std::optional(std::chrono::milliseconds(ms));
  }
  /// Positive, or none.
  void set(std::optional<std::chrono::milliseconds> ttl) {
    ms_.store(ttl ? ttl->count() : kNone, std::memory_order_relaxed);
  }

 private:
  static constexpr std::int64_t kNone = 0;

  std::atomic<std::int64_t> ms_{kNone};
};

}  // namespace libcache
