#include "server/net/io_thread.h"

#include <pthread.h>

#include <chrono>
#include <new>
#include <string>
#include <utility>
#include <vector>

namespace sideline::net {
namespace {

// Limits that are checked by tick are in seconds; the end of the process should not take that long.
constexpr std::chrono::milliseconds kTick{1000};
constexpr std::chrono::milliseconds kLastTick{50};

}  // namespace

IoThread::IoThread(Environment& environment, std::size_t number, std::function<void()> ended)
    : environment_(environment),
      number_(number),
      tick_(loop_),
      handshakes_(loop_),
      ended_(std::move(ended)),
      thread_([this] { run(); }) {
  const std::string name = "cache-io-" + std::to_string(number);
  pthread_setname_np(thread_.native_handle(), name.c_str());
}

IoThread::~IoThread() { abort(); }

void IoThread::run() {
  start_tick();
  loop_.run();
  environment_.server.heartbeats.end(number_);
  ended_();
}

void IoThread::adopt(FileDescriptor socket, std::shared_ptr<command::Client> client,
                     const tls::Context& context) {
  ConnectionOwner& owner = *this;
  const auto connection = std::make_shared<Connection>(environment_, loop_, owner, pipeline_,
                                                       std::move(socket), client);
  client->link = connection;
  client->thread = number_;
  const std::uint64_t id = client->id;
  environment_.server.clients.add(std::move(client));
  try {
    loop_.post([this, connection, context] { begin(connection, context); });
  } catch (const std::bad_alloc&) {
    environment_.server.clients.remove(id);
    throw;
  }
}

void IoThread::begin(const std::shared_ptr<Connection>& connection, const tls::Context& context) {
  try {
    connections_.emplace(connection.get(), connection);
  } catch (const std::bad_alloc&) {
    return connection->abort();
  }
  context ? connection->start_tls(context, handshakes_) : connection->start();
}

void IoThread::finish() {
  loop_.post([this] {
    finishing_ = true;
    start_tick();
    for_each([](Connection& connection) { connection.finish(); });
    end_if_empty();
  });
}

void IoThread::abort() {
  loop_.post([this] {
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
  if (finishing_ && connections_.empty()) loop_.stop();
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
  environment_.server.heartbeats.beat(number_, std::chrono::steady_clock::now());
  tick_.start(finishing_ ? kLastTick : kTick, [this] {
    try {
      for_each([](Connection& connection) { connection.tick(); });
    } catch (const std::bad_alloc&) {
      // The next tick may have the memory that this one lacked.
    }
    start_tick();
  });
}

}  // namespace sideline::net
