#include "health.h"

#include <string>

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <nlohmann/json.hpp>

#include "workers.h"

namespace prediction {
namespace {

constexpr std::chrono::seconds kInterval{1};
/// A database that has not answered for so long counts as down, though nothing has failed yet.
constexpr std::chrono::seconds kSilence{5};

bool answers(StorePool& store) {
  try {
    store.with([](Store& connection) { connection.check(); });
    return true;
  } catch (const StoreError&) {
    return false;
  }
}

}  // namespace

boost::asio::awaitable<void> Health::watch() {
  is_watching_ = true;
  while (!is_stopped_) {
    const auto check = [this] { return answers(store_); };
    database_answered_ = co_await run_on(thread_, check);
    if (database_answered_) database_seen_ = Clock::now();
    if (is_stopped_) break;
    timer_.expires_after(kInterval);
    boost::system::error_code cancelled;
    co_await timer_.async_wait(boost::asio::redirect_error(boost::asio::use_awaitable, cancelled));
  }
  is_watching_ = false;
}

void Health::stop() {
  is_stopped_ = true;
  timer_.cancel();
}

bool Health::is_database_up() const {
  return database_answered_ && Clock::now() - database_seen_ < kSilence;
}

http::Response Health::report() const {
  const auto name = [](bool is_up) { return is_up ? "up" : "down"; };
  const bool has_database = is_database_up();
  const bool has_cache = cache_.is_up();
  const char* const status = is_ending_      ? "ending"
                             : !has_database ? "unavailable"
                             : !has_cache    ? "degraded"
                                             : "ok";
  const nlohmann::ordered_json json = {
      {"status", status}, {"cache", name(has_cache)}, {"database", name(has_database)}};
  const bool is_well = has_database && !is_ending_;
  return http::json_response(is_well ? http::Status::ok : http::Status::service_unavailable,
                             json.dump());
}

}  // namespace prediction
