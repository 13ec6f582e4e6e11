#include "server/net/event_loop.h"

#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <limits>
#include <span>
#include <system_error>
#include <utility>

namespace sideline::net {
namespace {

// Sockets that one round serves; who else is ready comes first in the next.
constexpr std::size_t kEvents = 128;

FileDescriptor check(int descriptor, const char* what) {
  if (descriptor < 0) throw std::system_error(errno, std::generic_category(), what);
  return FileDescriptor(descriptor);
}

std::uint32_t events_of(EventLoop::Interest interest) {
  switch (interest) {
    case EventLoop::Interest::kNothing:
      return 0;
    case EventLoop::Interest::kReadable:
      return EPOLLIN;
    case EventLoop::Interest::kWritable:
      return EPOLLOUT;
    case EventLoop::Interest::kBoth:
      return EPOLLIN | EPOLLOUT;
  }
  return 0;
}

bool is_wake(const epoll_event& event) { return event.data.ptr == nullptr; }

void tell(const epoll_event& event) {
  const bool ended = (event.events & (EPOLLERR | EPOLLHUP)) != 0;
  static_cast<EventLoop::Watcher*>(event.data.ptr)
      ->on_ready(ended || (event.events & EPOLLIN) != 0, ended || (event.events & EPOLLOUT) != 0);
}

}  // namespace

EventLoop::EventLoop(std::function<Clock::time_point()> now)
    : now_(std::move(now)),
      round_(now_()),
      epoll_(check(::epoll_create1(EPOLL_CLOEXEC), "epoll_create1")),
      wake_(check(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK), "eventfd")) {
  control(EPOLL_CTL_ADD, wake_.get(), nullptr, Interest::kReadable);
}

// --- Sockets ------------------------------------------------------------------------------------

void EventLoop::watch(int socket, Watcher& watcher, Interest interest) {
  control(EPOLL_CTL_ADD, socket, &watcher, interest);
}

void EventLoop::change(int socket, Watcher& watcher, Interest interest) {
  control(EPOLL_CTL_MOD, socket, &watcher, interest);
}

void EventLoop::unwatch(int socket) { ::epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, socket, nullptr); }

void EventLoop::control(int operation, int socket, Watcher* watcher, Interest interest) {
  epoll_event event{.events = events_of(interest), .data = {.ptr = watcher}};
  if (::epoll_ctl(epoll_.get(), operation, socket, &event) != 0) {
    throw std::system_error(errno, std::generic_category(), "epoll_ctl");
  }
}

// --- From any thread ----------------------------------------------------------------------------

void EventLoop::post(Task task) {
  {
    const MutexLock lock(mutex_);
    posted_.push_back(std::move(task));
    if (posted_.size() > 1) return;  // it has been woken for the first
  }
  const std::uint64_t one = 1;
  static_cast<void>(::write(wake_.get(), &one, sizeof(one)));
}

void EventLoop::stop() {
  post([this] { stopped_ = true; });
}

void EventLoop::take_posted() {
  std::uint64_t count = 0;
  static_cast<void>(::read(wake_.get(), &count, sizeof(count)));
  std::vector<Task> tasks;
  {
    const MutexLock lock(mutex_);
    tasks.swap(posted_);
  }
  for (Task& task : tasks) std::exchange(task, nullptr)();
}

// --- The loop -----------------------------------------------------------------------------------

void EventLoop::run() {
  while (!stopped_) round(timeout_ms());
}

/// Returns whether there was anything to do.
bool EventLoop::round(int timeout_ms) {
  std::array<epoll_event, kEvents> events;
  std::span<epoll_event> ready = wait(events, timeout_ms);
  round_ = now_();
  const bool was_something = !ready.empty();
  if (std::ranges::any_of(ready, is_wake)) {
    // They may end connections that are ready, so who is has to be asked again.
    take_posted();
    ready = wait(events, 0);
  }
  for (const epoll_event& event : ready) {
    if (!is_wake(event)) tell(event);
  }
  const bool was_due = run_due();
  const bool was_deferred = run_deferred();
  return was_something || was_due || was_deferred;
}

std::span<epoll_event> EventLoop::wait(std::span<epoll_event> room, int timeout_ms) const {
  const int count =
      ::epoll_wait(epoll_.get(), room.data(), static_cast<int>(room.size()), timeout_ms);
  return room.first(static_cast<std::size_t>(std::max(count, 0)));
}

/// How long nothing is to be done but for what epoll tells.
int EventLoop::timeout_ms() const {
  if (!deferred_.empty()) return 0;
  if (timers_.empty()) return -1;
  using std::chrono::milliseconds;
  const auto wait = std::chrono::ceil<milliseconds>(timers_.begin()->first - now_()).count();
  return static_cast<int>(std::clamp<milliseconds::rep>(wait, 0, std::numeric_limits<int>::max()));
}

bool EventLoop::run_deferred() {
  if (deferred_.empty()) return false;
  // What is deferred by them waits for the next round.
  std::vector<Task> tasks;
  tasks.swap(deferred_);
  for (Task& task : tasks) std::exchange(task, nullptr)();
  return true;
}

// --- Timers -------------------------------------------------------------------------------------

bool EventLoop::run_due() {
  bool was_due = false;
  while (!timers_.empty() && timers_.begin()->first <= round_) {
    Timer& timer = *timers_.begin()->second;
    Task task = std::move(timer.task_);
    timer.cancel();
    task();
    was_due = true;
  }
  return was_due;
}

void EventLoop::Timer::start(Clock::duration delay, Task task) {
  cancel();
  task_ = std::move(task);
  place_ = loop_.timers_.emplace(loop_.now_() + delay, this);
  waits_ = true;
}

void EventLoop::Timer::cancel() {
  if (!std::exchange(waits_, false)) return;
  loop_.timers_.erase(place_);
  task_ = nullptr;
}

}  // namespace sideline::net
