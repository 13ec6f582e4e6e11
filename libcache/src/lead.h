#pragma once

#include <chrono>
#include <memory>
#include <utility>
#include <vector>

#include "loading.h"

namespace libcache {

/// The duty to land a flight: if nothing else does, its end does, with an error.
class Lead {
 public:
  Lead(std::shared_ptr<Loading> loading, std::shared_ptr<Flight> flight,
       const LoadOptions& options) noexcept
      : loading_(std::move(loading)), flight_(std::move(flight)), options_(options) {}
  Lead(Lead&&) noexcept = default;
  Lead& operator=(Lead&&) = delete;
  ~Lead();

  [[nodiscard]] Key key() const { return flight_->key(); }

  /// Runs the loader on this thread, and lands with what it brings. Once.
  LoadResult run(FunctionRef<Loaded()> loader);
  /// The same for the flights of several leads, which one loader serves.
  static std::vector<LoadResult> run_all(std::span<Lead> leads, LoadingCache::BatchLoader loader);

 private:
  using Clock = std::chrono::steady_clock;

  void set_out();
  LoadResult land(Loaded loaded);
  void finish(const LoadResult& result, const std::optional<std::chrono::milliseconds>& ttl,
              std::chrono::nanoseconds took);

  std::shared_ptr<Loading> loading_;
  std::shared_ptr<Flight> flight_;  // null: it has landed
  LoadOptions options_;
  Clock::time_point began_;  // when set_out() was called
};

}  // namespace libcache
