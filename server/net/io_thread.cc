#include "server/net/io_thread.h"

#include <utility>
#include <vector>

#include <boost/asio/detail/concurrency_hint.hpp>
#include <boost/asio/post.hpp>

namespace sideline::net {
namespace {

namespace asio = boost::asio;

// Sockets and timers of this context are used by its thread alone, so that they need no locks.
// Other threads only post.
constexpr int kOneThread = BOOST_ASIO_CONCURRENCY_HINT_UNSAFE_IO;

// Limits that are checked by tick are in seconds; the end of the process should not take that long.
constexpr std::chrono::milliseconds kTick{1000};
constexpr std::chrono::milliseconds kLastTick{50};

}  // namespace

IoThread::IoThread(Environment& environment, std::size_t number, std::function<void()> ended)
    : environment_(environment),
      number_(number),
      context_(kOneThread),
      work_(context_.get_executor()),
      tick_(context_.get_executor()),
      handshakes_(context_),
      ended_(std::move(ended)),
      thread_([this] { run(); }) {}

IoThread::~IoThread() { abort(); }

void IoThread::run() {
  start_tick();
  context_.run();
  ended_();
}

void IoThread::adopt(FileDescriptor socket, std::shared_ptr<command::Client> client,
                     const tls::Context& context) {
  ConnectionOwner& owner = *this;
  const auto connection = std::make_shared<Connection>(environment_, context_, owner, pipeline_,
                                                       std::move(socket), client);
  client->link = connection;
  client->thread = number_;
  environment_.server.clients.add(std::move(client));
  asio::post(context_, [this, connection, context] {
    connections_.emplace(connection.get(), connection);
    context ? connection->start_tls(context, handshakes_) : connection->start();
  });
}

void IoThread::finish() {
  asio::post(context_, [this] {
    finishing_ = true;
    start_tick();
    for_each([](Connection& connection) { connection.finish(); });
    end_if_empty();
  });
}

void IoThread::abort() {
  asio::post(context_, [this] {
    finishing_ = true;
    for_each([](Connection& connection) { connection.abort(); });
    end_if_empty();
  });
}

void IoThread::forget(Connection& connection) {
  connections_.erase(&connection);
  end_if_empty();
}

void IoThread::end_if_empty() {
  if (finishing_ && connections_.empty()) context_.stop();
}

/// Each connection may leave meanwhile.
template <typename Action>
void IoThread::for_each(Action action) {
  std::vector<std::shared_ptr<Connection>> all;
  all.reserve(connections_.size());
  for (const auto& [key, connection] : connections_) all.push_back(connection);
  for (const auto& connection : all) action(*connection);
}

void IoThread::start_tick() {
  tick_.expires_after(finishing_ ? kLastTick : kTick);
  tick_.async_wait([this](const boost::system::error_code& error) {
    if (error) return;
    const std::int64_t now_ms = environment_.server.clock.now_ms();
    for_each([now_ms](Connection& connection) { connection.tick(now_ms); });
    start_tick();
  });
}

}  // namespace sideline::net
