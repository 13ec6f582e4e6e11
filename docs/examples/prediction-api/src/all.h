#pragma once

#include <exception>
#include <utility>
#include <vector>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/experimental/parallel_group.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace prediction {

/// Runs all of them at the same time, and returns what they return, in their order. If some fail,
/// throws what the first of them throws once all are through.
template <class Result>
boost::asio::awaitable<std::vector<Result>> all(
    std::vector<boost::asio::awaitable<Result>> coroutines) {
  namespace asio = boost::asio;
  const auto executor = co_await asio::this_coro::executor;
  const auto start = [&executor](asio::awaitable<Result>& coroutine) {
    return asio::co_spawn(executor, std::move(coroutine), asio::deferred);
  };
  std::vector<decltype(start(coroutines.front()))> operations;
  for (auto& coroutine : coroutines) operations.push_back(start(coroutine));
  auto [order, errors, results] =
      co_await asio::experimental::make_parallel_group(std::move(operations))
          .async_wait(asio::experimental::wait_for_all(), asio::use_awaitable);
  for (const std::exception_ptr& error : errors) {
    if (error) std::rethrow_exception(error);
  }
  co_return std::move(results);
}

}  // namespace prediction
