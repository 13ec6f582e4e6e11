#pragma once

#include <type_traits>
#include <utility>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace prediction {

/// Runs `work` on a thread of the pool, and goes on where the caller was: for what blocks or
/// computes. Throws what it throws.
template <class Work>
boost::asio::awaitable<std::invoke_result_t<Work&>> run_on(boost::asio::thread_pool& pool,
                                                           Work work) {
  auto task = [&work]() -> boost::asio::awaitable<std::invoke_result_t<Work&>> {
    co_return work();
  };
  co_return co_await boost::asio::co_spawn(pool, std::move(task), boost::asio::use_awaitable);
}

}  // namespace prediction
