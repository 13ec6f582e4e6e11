#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include <absl/base/thread_annotations.h>
#include <libcache/cache.h>

#include "server/base/mutex.h"
#include "server/config/config.h"
#include "server/log/log.h"
#include "server/persist/folder_mark.h"
#include "server/persist/load.h"
#include "server/persist/save.h"

namespace sideline::persist {

/// What INFO tells of snapshots. Times are seconds since the UNIX epoch.
struct SnapshotFacts {
  std::int64_t last_save_s = 0;  ///< of the last one that was made; as in Redis, first the start
  std::uint64_t changes_then = 0;
  std::uint64_t saves = 0;  ///< begun
  bool last_background_ok = true;
  std::int64_t last_background_seconds = -1;  ///< that it took; -1: there was none
  std::int64_t background_since_s = -1;       ///< the one that runs; -1: none does
  std::uint64_t keys_saved = 0;               ///< by the one that runs
  std::uint64_t keys_to_save = 0;

  std::int64_t loading_since_s = -1;  ///< -1: nothing is loaded now
  std::uint64_t bytes_loaded = 0;     ///< by the last load, or the one that runs
  std::uint64_t bytes_to_load = 0;
  std::uint64_t keys_loaded = 0;
  std::uint64_t keys_expired = 0;

  /// Changes that are not in the last one. `changes`: all there ever were, counted by several
  /// threads, so that one reading may be a little behind another.
  [[nodiscard]] std::uint64_t changes_since(std::uint64_t changes) const {
    return changes > changes_then ? changes - changes_then : 0;
  }
};

/// The snapshots of a server: made when somebody asks, or when the directive `save` says so, and
/// loaded when it starts. One thing at a time; what nobody waits for is done on a thread of its
/// own. Thread-safe.
class Snapshots {
 public:
  struct Environment {
    libcache::Cache& cache;
    config::Config& config;
    log::Log& log;
    std::function<std::uint64_t()> changes;  ///< how many there were of the data, ever
    std::atomic<std::uint8_t>& obstacles;    ///< bits of Obstacle, which it sets and clears
  };
  /// What it refers to must outlive it. Follows changes of the configuration.
  explicit Snapshots(Environment environment);
  /// Ends what runs on its thread.
  ~Snapshots();
  Snapshots(const Snapshots&) = delete;
  Snapshots& operator=(const Snapshots&) = delete;

  enum class Outcome : std::uint8_t {
    kDone,
    kFailed,  ///< the log says why
    kBusy,    ///< another save, or a load, runs
  };
  /// Saves, and returns when that is done.
  [[nodiscard]] Outcome save();
  /// Has the thread save.
  [[nodiscard]] Outcome begin_save();
  /// Saves for the last time: first ends a save that runs in the background, and waits for one that
  /// somebody waits for. No other save begins from then on, unless this one fails. kBusy only while
  /// something is loaded.
  [[nodiscard]] Outcome save_finally();
  /// Has the thread load what was saved, if there is something. Before there are clients.
  void begin_load();
  /// Saves, forgets everything, and loads it again.
  [[nodiscard]] Outcome reload();

  [[nodiscard]] SnapshotFacts facts() const ABSL_LOCKS_EXCLUDED(mutex_);

 private:
  enum class Work : std::uint8_t { kNone, kSave, kBackgroundSave, kLoad };

  void run();
  /// Waits for something that the thread is to do.
  [[nodiscard]] Work next() ABSL_LOCKS_EXCLUDED(mutex_);
  [[nodiscard]] bool begin(Work work) ABSL_LOCKS_EXCLUDED(mutex_);
  void begin_locked(Work work) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  [[nodiscard]] bool is_due() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  [[nodiscard]] bool write(bool in_background) ABSL_LOCKS_EXCLUDED(mutex_);
  [[nodiscard]] bool save_to_file(bool in_background);
  /// So that a clock that was set back keeps no save from being due.
  void follow_clock() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  [[nodiscard]] bool read() ABSL_LOCKS_EXCLUDED(mutex_);
  [[nodiscard]] bool load_file(const config::Settings& settings, const std::string& path);
  void refuse(const std::string& path, const Failure& failure);
  void keep_a_link(const std::string& path);
  void end() ABSL_LOCKS_EXCLUDED(mutex_);
  void follow(const config::Settings& now) ABSL_LOCKS_EXCLUDED(mutex_);
  void tell_writers() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  [[nodiscard]] std::int64_t now_s() const;
  [[nodiscard]] static std::string path_of(const config::Settings& settings);
  [[nodiscard]] static std::string elapsed_since(std::chrono::steady_clock::time_point begun);

  const Environment environment_;
  FolderMark folder_;  // for who would restore a backup; the thread's, once that runs
  SaveProgress saving_;
  LoadProgress loading_;
  // What is in the file is not all here, and nothing else has it: the next save would replace it.
  // Of whoever does the work.
  bool is_to_be_kept_ = false;

  mutable Mutex mutex_;
  std::condition_variable_any changed_;
  SnapshotFacts facts_ ABSL_GUARDED_BY(mutex_);
  Work work_ ABSL_GUARDED_BY(mutex_) = Work::kNone;    // that somebody does
  Work wanted_ ABSL_GUARDED_BY(mutex_) = Work::kNone;  // of the thread: it is work_ too
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  bool final_ ABSL_GUARDED_BY(mutex_) = false;  // the last save has begun, or is about to
  std::int64_t last_attempt_s_ ABSL_GUARDED_BY(mutex_) = 0;
  std::vector<config::SaveRule> rules_ ABSL_GUARDED_BY(mutex_);
  bool stop_writes_ ABSL_GUARDED_BY(mutex_) = false;
  std::thread thread_;
};

}  // namespace sideline::persist
