#include "sidecar/connection.h"

#include <algorithm>
#include <array>
#include <exception>
#include <iostream>
#include <stdexcept>
#include <string_view>
#include <utility>

#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace prediction::sidecar {
namespace {

namespace asio = boost::asio;
using asio::experimental::awaitable_operators::operator&&;

constexpr std::chrono::milliseconds kMaxBackOff{2000};
constexpr std::size_t kReadBytes = 16 << 10;

/// Until the timer expires or is cancelled.
asio::awaitable<void> expiry_of(asio::steady_timer& timer) {
  boost::system::error_code cancelled;
  co_await timer.async_wait(asio::redirect_error(asio::use_awaitable, cancelled));
}

/// Puts into `problem` why it failed, if nothing has before.
asio::awaitable<void> note(asio::awaitable<void> part, std::string& problem) {
  try {
    co_await std::move(part);
  } catch (const std::exception& error) {
    if (problem.empty()) problem = error.what();
    throw;
  }
}

}  // namespace

Connection::Connection(const asio::any_io_executor& executor, asio::ssl::context& tls,
                       const Endpoint& endpoint)
    : executor_(executor),
      tls_(tls),
      endpoint_(endpoint),
      back_off_(executor),
      has_output_(executor, asio::steady_timer::time_point::max()) {}

asio::awaitable<void> Connection::run() {
  while (!is_stopped_) {
    std::string problem;
    try {
      co_await stay_connected(problem);
    } catch (const std::exception& error) {
      if (problem.empty()) problem = error.what();
    }
    give_up();
    if (is_stopped_) break;
    if (problem != problem_) std::cerr << "cache: " << problem << std::endl;
    problem_ = problem;
    back_off_.expires_after(pause_);
    pause_ = std::min(pause_ * 2, kMaxBackOff);
    co_await expiry_of(back_off_);
  }
}

void Connection::stop() {
  is_stopped_ = true;
  back_off_.cancel();
  if (transport_) transport_->close();
}

/// Always ends by an exception. Puts into `problem` why, if that was not while it connected: the
/// first of those who read, write and introduce that fails ends the others.
asio::awaitable<void> Connection::stay_connected(std::string& problem) {
  transport_ = std::make_shared<Transport>(executor_, tls_);
  asio::steady_timer deadline(executor_, endpoint_.timeout);
  deadline.async_wait([weak = std::weak_ptr(transport_)](const boost::system::error_code& error) {
    const auto late = weak.lock();
    if (!error && late) late->close();
  });
  co_await transport_->connect(endpoint_.address);
  deadline.cancel();
  co_await (note(read(), problem) && note(write(), problem) && note(introduce(), problem));
}

asio::awaitable<void> Connection::introduce() {
  std::vector<Command> greeting(1, {"PING"});
  if (!endpoint_.password.empty()) greeting.front() = {"AUTH", endpoint_.password};
  const auto replies = co_await wait_for(send(greeting));
  if (!replies) throw std::runtime_error("no answer in time");
  if (replies->front().is_error()) throw std::runtime_error(std::string(replies->front().text()));
  is_up_ = true;
  problem_.clear();
  pause_ = kMinBackOff;
}

asio::awaitable<void> Connection::read() {
  ReplyReader reader;
  std::array<char, kReadBytes> bytes{};
  while (true) {
    const std::size_t size = co_await transport_->read(asio::buffer(bytes));
    reader.feed({bytes.data(), size});
    while (auto reply = reader.next()) deliver(*std::move(reply));
  }
}

asio::awaitable<void> Connection::write() {
  while (true) {
    if (output_.empty()) co_await expiry_of(has_output_);
    const std::string piece = std::exchange(output_, {});
    co_await transport_->write(asio::buffer(piece));
  }
}

asio::awaitable<std::optional<std::vector<Reply>>> Connection::request(
    std::vector<Command> commands) {
  if (!is_up_) co_return std::nullopt;
  co_return co_await wait_for(send(commands));
}

std::shared_ptr<Connection::Wait> Connection::send(const std::vector<Command>& commands) {
  for (const Command& command : commands) append(output_, command);
  has_output_.cancel();
  auto wait = std::make_shared<Wait>(executor_, commands.size());
  wait->timer.expires_after(endpoint_.timeout);
  waiting_.push_back(wait);
  return wait;
}

asio::awaitable<std::optional<std::vector<Reply>>> Connection::wait_for(
    std::shared_ptr<Wait> wait) {
  if (!wait->is_over) co_await expiry_of(wait->timer);
  if (wait->missing == 0) co_return std::move(wait->replies);
  if (!wait->is_over) {  // the time is up: the replies to all that was asked later are late too
    is_up_ = false;
    transport_->close();
  }
  co_return std::nullopt;
}

void Connection::deliver(Reply reply) {
  if (waiting_.empty()) throw std::runtime_error("a reply that nobody asked for");
  const auto& wait = waiting_.front();
  wait->replies.push_back(std::move(reply));
  if (--wait->missing != 0) return;
  wait->is_over = true;
  wait->timer.cancel();
  waiting_.pop_front();
}

void Connection::give_up() {
  is_up_ = false;
  output_.clear();
  for (const auto& wait : std::exchange(waiting_, {})) {
    wait->is_over = true;
    wait->timer.cancel();
  }
}

}  // namespace prediction::sidecar
