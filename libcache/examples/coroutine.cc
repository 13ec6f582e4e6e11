#include <atomic>
#include <cassert>
#include <chrono>
#include <exception>
#include <latch>
#include <string>

#include <boost/asio.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <libcache/asio.h>

namespace asio = boost::asio;
using asio::experimental::awaitable_operators::operator||;

class Predictions {
 public:
  asio::awaitable<libcache::LoadResult> of(const std::string& game) {
    const libcache::LoadOptions half_an_hour{.ttl = std::chrono::minutes(30)};
    return libcache::async_get_or_compute(
        loading_, game, [this, game] { return predict(game); }, workers_.get_executor(),
        half_an_hour, asio::use_awaitable);
  }
  // Lets the model, which is slow with this game, come to an end.
  void end_game_13() { game_13_.count_down(); }
  int computed() const { return computed_; }

 private:
  libcache::Loaded predict(const std::string& game) {
    ++computed_;
    if (game == "game:13") game_13_.wait();
    return "prediction of " + game;
  }

  std::latch game_13_{1};
  std::atomic<int> computed_ = 0;
  libcache::Cache cache_{{.max_memory = 64 << 20}};
  libcache::LoadingCache loading_{cache_};
  asio::thread_pool workers_{2};  // goes first: its tasks use all of the above
};

asio::awaitable<void> serve(Predictions& predictions) {
  const libcache::LoadResult result = co_await predictions.of("game:1");
  assert(result && result.value.bytes() == "prediction of game:1");
}

asio::awaitable<void> serve_in_time(Predictions& predictions) {
  asio::steady_timer deadline(co_await asio::this_coro::executor, std::chrono::milliseconds(10));
  const auto first =
      co_await (predictions.of("game:13") || deadline.async_wait(asio::use_awaitable));
  assert(first.index() == 1);  // the deadline, and nobody waits for the prediction any more

  predictions.end_game_13();  // but the load goes on, for who comes later
  const libcache::LoadResult later = co_await predictions.of("game:13");
  assert(later && later.value.bytes() == "prediction of game:13");
}

int main() {
  const auto must_not_throw = [](const std::exception_ptr& thrown) { assert(!thrown); };
  asio::io_context io;  // one thread for all coroutines, which a load never holds up
  Predictions predictions;
  for (int i = 0; i < 100; ++i) asio::co_spawn(io, serve(predictions), must_not_throw);
  io.run();
  assert(predictions.computed() == 1);

  io.restart();
  asio::co_spawn(io, serve_in_time(predictions), must_not_throw);
  io.run();
  assert(predictions.computed() == 2);
}
