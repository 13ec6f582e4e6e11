#pragma once

#include <string>
#include <utility>
#include <vector>

#include <boost/asio.hpp>
#include <libcache/asio.h>

#include "loading_fixture.h"

namespace libcache {

/// Calls whose loaders and handlers run when the test says so: each in a context of its own, which
/// the test polls.
class AsioTest : public LoadingCacheTest {
 protected:
  static void run(boost::asio::io_context& context) {
    context.restart();
    context.poll();
  }
  /// Whether nothing keeps the context busy.
  static bool is_idle(boost::asio::io_context& context) {
    run(context);
    return context.stopped();
  }

  /// A handler that writes down its result.
  auto note() {
    return [this](const LoadResult& result) {
      results_.push_back(result.status == LoadStatus::kStopped ? "stopped" : text(result));
      last_ = result;
    };
  }
  /// Calls with such a handler, on `handlers_` and cancelled by `slot`.
  void ask(Key key, const std::string& value, boost::asio::cancellation_slot slot = {}) {
    async_get_or_compute(
        loading_, key, loader_of(value), loaders_.get_executor(), {},
        boost::asio::bind_cancellation_slot(slot, boost::asio::bind_executor(handlers_, note())));
  }

  boost::asio::io_context handlers_;
  boost::asio::io_context loaders_;
  std::vector<std::string> results_;
  LoadResult last_;
};

}  // namespace libcache
