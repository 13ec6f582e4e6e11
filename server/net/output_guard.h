#pragma once

#include <cstddef>
#include <cstdint>

#include "server/net/live_settings.h"

namespace sideline::net {

/// Decides when a peer that does not read has to go: what `client-output-buffer-limit` says. One
/// object a connection.
class OutputGuard {
 public:
  /// `held` bytes wait to be sent, `lent` of them lie in the cache. The hard limit is on what the
  /// connection itself holds, as the lent ones are charged to the cache's limit; the soft one is on
  /// all. Call it when bytes remain unsent, and from time to time while they do. Returns whether a
  /// limit is exceeded.
  [[nodiscard]] bool exceeded(std::size_t held, std::size_t lent, std::int64_t now_ms,
                              const LiveSettings& settings) {
    const std::size_t hard = settings.output_hard.load(std::memory_order_relaxed);
    if (hard != 0 && held - lent >= hard) return true;
    const std::size_t soft = settings.output_soft.load(std::memory_order_relaxed);
    if (soft == 0 || held < soft) {
      all_sent();
      return false;
    }
    if (soft_since_ms_ == kNever) soft_since_ms_ = now_ms;
    return now_ms - soft_since_ms_ > settings.output_soft_ms.load(std::memory_order_relaxed);
  }

  void all_sent() { soft_since_ms_ = kNever; }

 private:
  static constexpr std::int64_t kNever = -1;
  std::int64_t soft_since_ms_ = kNever;
};

}  // namespace sideline::net
