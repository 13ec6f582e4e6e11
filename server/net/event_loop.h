#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <span>
#include <utility>
#include <vector>

#include <absl/base/thread_annotations.h>

#include "server/base/mutex.h"
#include "server/files/file_descriptor.h"

struct epoll_event;

namespace sideline::net {

/// Waits for the sockets of one thread, by epoll, and runs what is due.
///
/// It tells that a socket is ready and does not touch it, so that a request costs one read and one
/// write. (An io_context reads, and after each read that brought something tries another one, which
/// finds nothing.) A socket is told of again and
/// again as long as it is ready.
///
/// A round: first come the tasks of other threads, so that who is killed is not served any more;
/// then what is ready, the timers that are due, and what was deferred. All of it happens within
/// run(), on the thread that calls that; apart from post() and stop() all functions are for that
/// thread, or for before it runs.
class EventLoop {
 public:
  using Clock = std::chrono::steady_clock;
  using Task = std::function<void()>;

  /// What somebody waits for at a socket.
  enum class Interest : std::uint8_t { kNothing = 0, kReadable = 1, kWritable = 2, kBoth = 3 };
  friend Interest operator|(Interest one, Interest other) {
    return static_cast<Interest>(static_cast<int>(one) | static_cast<int>(other));
  }

  /// Who waits for a socket.
  class Watcher {
   public:
    /// The socket can be read or written; both, if an error or its end is to be told. May destroy
    /// this watcher, and no other one.
    virtual void on_ready(bool readable, bool writable) = 0;

   protected:
    ~Watcher() = default;
  };

  /// Runs a task at a time, once; none after cancel() or the timer's end. The loop must outlive it.
  class Timer {
   public:
    explicit Timer(EventLoop& loop) : loop_(loop) {}
    Timer(const Timer&) = delete;
    Timer& operator=(const Timer&) = delete;
    ~Timer() { cancel(); }

    /// Instead of what it waited for before.
    void start(Clock::duration delay, Task task);
    void cancel();

   private:
    friend class EventLoop;

    EventLoop& loop_;
    Task task_;
    bool waits_ = false;
    std::multimap<Clock::time_point, Timer*>::iterator place_;  // if it waits
  };

  /// `now` is the clock that it goes by. Throws std::system_error if the system has no descriptors
  /// left.
  explicit EventLoop(std::function<Clock::time_point()> now = Clock::now);
  EventLoop(const EventLoop&) = delete;
  EventLoop& operator=(const EventLoop&) = delete;
  ~EventLoop() = default;

  /// Any thread: runs a task soon. One that is posted after the end is destroyed with the loop.
  void post(Task task) ABSL_LOCKS_EXCLUDED(mutex_);
  /// Any thread: ends run() after this round.
  void stop();

  /// Runs a task after all that is ready now has been served.
  void defer(Task task) { deferred_.push_back(std::move(task)); }

  /// `watcher` waits for a socket from now on, which it unwatches before it is destroyed. Throws
  /// std::system_error.
  void watch(int socket, Watcher& watcher, Interest interest);
  /// It waits for something else. Errors, and the end of both directions, are told in any case.
  void change(int socket, Watcher& watcher, Interest interest);
  void unwatch(int socket);

  /// When this round began, in milliseconds of a clock that nobody sets: what a limit in time goes
  /// by.
  [[nodiscard]] std::int64_t now_ms() const {
    return std::chrono::floor<std::chrono::milliseconds>(round_.time_since_epoch()).count();
  }

  /// Until stop().
  void run();
  /// One round of what can be done now, for tests. Returns whether there was anything.
  [[nodiscard]] bool poll() { return round(0); }

 private:
  bool round(int timeout_ms);
  [[nodiscard]] std::span<epoll_event> wait(std::span<epoll_event> room, int timeout_ms) const;
  void control(int operation, int socket, Watcher* watcher, Interest interest);
  [[nodiscard]] int timeout_ms() const;
  void take_posted() ABSL_LOCKS_EXCLUDED(mutex_);
  bool run_due();
  bool run_deferred();

  const std::function<Clock::time_point()> now_;
  Clock::time_point round_;  // when it began
  const FileDescriptor epoll_;
  const FileDescriptor wake_;  // an eventfd: there are posted tasks
  std::multimap<Clock::time_point, Timer*> timers_;
  std::vector<Task> deferred_;
  bool stopped_ = false;

  Mutex mutex_;
  std::vector<Task> posted_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace sideline::net
