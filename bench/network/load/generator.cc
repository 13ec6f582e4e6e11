#include "bench/network/load/generator.h"

#include <sys/epoll.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <limits>
#include <system_error>

namespace load {
namespace {

constexpr std::int64_t kNsPerSecond = 1'000'000'000;
constexpr std::int64_t kNever = std::numeric_limits<std::int64_t>::max();
// A sleep may last this much longer than asked: below it, waiting means looking again at once.
constexpr std::int64_t kSpinBelow = 100'000;
constexpr int kEvents = 64;

std::int64_t now_ns() {
  timespec time{};
  ::clock_gettime(CLOCK_MONOTONIC, &time);
  return time.tv_sec * kNsPerSecond + time.tv_nsec;
}

std::int64_t nanoseconds(double seconds) {
  return static_cast<std::int64_t>(seconds * static_cast<double>(kNsPerSecond));
}

void check(int result, const char* what) {
  if (result < 0) throw std::system_error(errno, std::generic_category(), what);
}

}  // namespace

Generator::Generator(const Options& options)
    : options_(options),
      keys_(options),
      workload_(options),
      protocol_(options.protocol == ProtocolName::kResp ? make_resp(keys_) : make_memcached(keys_)),
      recorder_(options, keys_),
      epoll_(::epoll_create1(EPOLL_CLOEXEC)) {
  check(epoll_, "epoll_create1");
  for (std::uint64_t i = 0; i < options.connections; ++i) {
    connections_.push_back(std::make_unique<Connection>(options, epoll_));
  }
}

Generator::~Generator() { ::close(epoll_); }

const Results& Generator::run() {
  const std::int64_t start = now_ns();
  measured_from_ = start + nanoseconds(options_.warmup_seconds);
  measured_to_ = options_.requests > 0 ? kNever : measured_from_ + nanoseconds(options_.seconds);
  if (is_open_loop()) {
    schedule_.emplace(start, options_.rate, options_.pipeline);
  } else {
    for (const auto& connection : connections_) issue_pipeline(*connection, start);
  }
  std::int64_t give_up_at = kNever;
  for (std::int64_t now = start;; now = now_ns()) {
    move_window(now);
    if (all_issued() && outstanding_ == 0) break;
    if (all_issued() && give_up_at == kNever)
      give_up_at = now + nanoseconds(options_.drain_seconds);
    if (now >= give_up_at) {
      give_up(now);
      break;
    }
    if (is_open_loop()) issue_due(now);
    wait_and_handle(now);
  }
  if (recorder_.is_open()) recorder_.close(now_ns());
  return recorder_.results();
}

bool Generator::all_issued() const {
  return options_.requests > 0 ? issued_ == options_.requests : recorder_.is_closed();
}

void Generator::move_window(std::int64_t now) {
  if (recorder_.is_new() && now >= measured_from_) recorder_.open(now);
  if (recorder_.is_open() && now >= measured_to_) recorder_.close(now);
}

void Generator::issue_due(std::int64_t now) {
  while (!all_issued() && schedule_->due(issued_) <= now) {
    Connection& connection = *connections_[next_connection_];
    next_connection_ = (next_connection_ + 1) % connections_.size();
    issue_pipeline(connection, schedule_->due(issued_));
  }
}

void Generator::issue_pipeline(Connection& connection, std::int64_t due) {
  std::uint64_t count = options_.pipeline;
  if (options_.requests > 0) count = std::min(count, options_.requests - issued_);
  for (std::uint64_t i = 0; i < count; ++i) {
    connection.add(*protocol_, {workload_.next(), due});
  }
  issued_ += count;
  outstanding_ += count;
  connection.flush();
}

std::int64_t Generator::next_event(std::int64_t now) const {
  std::int64_t next = now + kNsPerSecond / 10;  // a bound, so that giving up is not late
  if (recorder_.is_new()) next = std::min(next, measured_from_);
  if (recorder_.is_open()) next = std::min(next, measured_to_);
  if (is_open_loop() && !all_issued()) next = std::min(next, schedule_->due(issued_));
  return next;
}

void Generator::wait_and_handle(std::int64_t now) {
  const std::int64_t wait = next_event(now) - now;
  const timespec timeout{.tv_sec = 0, .tv_nsec = wait < kSpinBelow ? 0 : wait - kSpinBelow / 2};
  std::array<epoll_event, kEvents> events;
  const int count = ::epoll_pwait2(epoll_, events.data(), kEvents, &timeout, nullptr);
  if (errno != EINTR) check(count, "epoll_pwait2");
  for (int i = 0; i < count; ++i) {
    const epoll_event& event = events[static_cast<std::size_t>(i)];
    auto& connection = *static_cast<Connection*>(event.data.ptr);
    if ((event.events & EPOLLOUT) != 0) connection.flush();
    if ((event.events & ~std::uint32_t{EPOLLOUT}) != 0) receive(connection);
  }
}

void Generator::receive(Connection& connection) {
  const std::size_t before = connection.pending().size();
  std::int64_t now = 0;  // when the bytes were there: asked for once, after reading
  connection.receive(*protocol_, [&](const Pending& pending, const Parsed& reply) {
    if (now == 0) now = now_ns();
    recorder_.answered(pending, reply, now);
  });
  outstanding_ -= before - connection.pending().size();
  if (!is_open_loop() && connection.pending().empty() && !all_issued()) {
    issue_pipeline(connection, now_ns());
  }
}

void Generator::give_up(std::int64_t now) {
  for (const auto& connection : connections_) {
    for (const Pending& pending : connection->pending()) recorder_.lost(pending, now);
  }
}

}  // namespace load
