#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include <absl/base/thread_annotations.h>

#include "server/base/mutex.h"
#include "server/command/acl/session.h"

namespace sideline::command {

struct Row;

/// One connected client, as commands see it.
///
/// Three kinds of members: what is set once when it connects; what its own thread alone uses while
/// it runs the client's requests; and what other threads show (CLIENT LIST) or ask for (CLIENT
/// KILL, MONITOR), which is atomic or behind the mutex.
class Client {
 public:
  /// What the network layer does for a client, from any thread. The calls return at once.
  class Link {
   public:
    virtual ~Link() = default;
    /// Closes the connection soon; what is unsent is dropped.
    virtual void close() = 0;
    /// Sends bytes (complete replies) that no request asked for: MONITOR's lines.
    virtual void push(std::string bytes) = 0;
    /// The client's processing was stopped by a pause: look again.
    virtual void resume() = 0;
  };

  enum class Kind : std::uint8_t { kTcp, kUnix };
  /// kSkipNext becomes kSkip after the request that set it; kSkip holds for one request.
  enum class ReplyMode : std::uint8_t { kOn, kOff, kSkipNext, kSkip };

  // --- Set once ---
  std::uint64_t id = 0;
  /// "127.0.0.1:54321", or "/path:0" for a UNIX socket, as CLIENT LIST shows it.
  std::string address;
  std::string local_address;
  Kind kind = Kind::kTcp;
  /// The peer is this machine (protected mode, enable-debug-command local).
  bool loopback = true;
  int fd = -1;
  std::size_t thread = 0;  ///< which of the Server::threads runs it
  std::int64_t connected_ms = 0;
  std::weak_ptr<Link> link;  ///< expired once the connection is gone

  // --- Own thread only ---
  bool authenticated = false;  ///< it has logged in, or did not need to when it connected
  AclSession session;
  ReplyMode reply_mode = ReplyMode::kOn;
  /// Whether what is replied now is not to be sent (CLIENT REPLY).
  [[nodiscard]] bool silent() const {
    return reply_mode == ReplyMode::kOff || reply_mode == ReplyMode::kSkip;
  }
  bool close_after_reply = false;  ///< QUIT, errors that end the connection
  /// The clocks as the dispatcher last read them; see Dispatcher::begin_batch().
  struct BatchTime {
    std::int64_t wall_ms = 0;
    std::int64_t steady_ns = 0;     ///< when the last request ended
    std::int64_t wall_read_ns = 0;  ///< when wall_ms was read
    bool running = false;
  } batch_time;

  // --- Any thread ---
  std::atomic<int> database{0};
  std::atomic<std::uint64_t> user_id{kDefaultUserId};
  std::atomic<int> protocol{2};
  std::atomic<bool> monitor{false};
  std::atomic<bool> no_evict{false};
  std::atomic<bool> no_touch{false};
  std::atomic<bool> paused{false};  ///< a request waits for the end of a pause
  std::atomic<bool> killed{false};
  std::atomic<const Row*> last_command{nullptr};
  std::atomic<std::int64_t> last_active_ms{0};
  std::atomic<std::size_t> query_buffer_used{0};
  std::atomic<std::size_t> query_buffer_size{0};
  std::atomic<std::size_t> output_size{0};

  // Texts are copies, as other threads read them.
  [[nodiscard]] std::string user_name() const ABSL_LOCKS_EXCLUDED(mutex_) {
    const MutexLock lock(mutex_);
    return user_name_;
  }
  void set_user(std::string_view its_name, std::uint64_t its_id) ABSL_LOCKS_EXCLUDED(mutex_) {
    const MutexLock lock(mutex_);
    user_name_ = its_name;
    user_id = its_id;
  }
  // What the peer says of itself.
  [[nodiscard]] std::string name() const ABSL_LOCKS_EXCLUDED(mutex_) {
    const MutexLock lock(mutex_);
    return name_;
  }
  void set_name(std::string_view value) ABSL_LOCKS_EXCLUDED(mutex_) {
    const MutexLock lock(mutex_);
    name_ = value;
  }
  [[nodiscard]] std::string library_name() const ABSL_LOCKS_EXCLUDED(mutex_) {
    const MutexLock lock(mutex_);
    return library_name_;
  }
  void set_library_name(std::string_view value) ABSL_LOCKS_EXCLUDED(mutex_) {
    const MutexLock lock(mutex_);
    library_name_ = value;
  }
  [[nodiscard]] std::string library_version() const ABSL_LOCKS_EXCLUDED(mutex_) {
    const MutexLock lock(mutex_);
    return library_version_;
  }
  void set_library_version(std::string_view value) ABSL_LOCKS_EXCLUDED(mutex_) {
    const MutexLock lock(mutex_);
    library_version_ = value;
  }

 private:
  mutable Mutex mutex_;
  std::string user_name_ ABSL_GUARDED_BY(mutex_) = std::string(kDefaultUser);
  std::string name_ ABSL_GUARDED_BY(mutex_);
  std::string library_name_ ABSL_GUARDED_BY(mutex_);
  std::string library_version_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace sideline::command
