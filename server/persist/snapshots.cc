#include "server/persist/snapshots.h"

#include <pthread.h>

#include <algorithm>
#include <chrono>
#include <new>
#include <utility>

#include "server/persist/obstacle.h"

namespace sideline::persist {
namespace {

// How often the rules are looked at, as in Redis.
constexpr std::chrono::milliseconds kLook{100};
// After a save that failed.
constexpr std::int64_t kSecondsToRetry = 5;

constexpr std::int64_t kMsPerSecond = 1000;

}  // namespace

Snapshots::Snapshots(Environment environment)
    : environment_(std::move(environment)),
      folder_(environment_.log, environment_.config.settings().dir) {
  {
    const MutexLock lock(mutex_);
    facts_.last_save_s = now_s();
  }
  follow(environment_.config.settings());
  environment_.config.on_change([this](const config::Settings&, const config::Settings& now) {
    follow(now);
    return std::nullopt;
  });
  thread_ = std::thread([this] { run(); });
  pthread_setname_np(thread_.native_handle(), "cache-snapshots");
}

Snapshots::~Snapshots() {
  {
    const MutexLock lock(mutex_);
    stopping_ = true;
    saving_.cancelled = true;
    loading_.cancelled = true;
  }
  changed_.notify_all();
  thread_.join();
}

std::string Snapshots::path_of(const config::Settings& settings) {
  return settings.dir + '/' + settings.dbfilename;
}

std::string Snapshots::elapsed_since(std::chrono::steady_clock::time_point begun) {
  using std::chrono::milliseconds;
  const auto elapsed = std::chrono::steady_clock::now() - begun;
  return std::to_string(std::chrono::duration_cast<milliseconds>(elapsed).count()) + " ms";
}

std::int64_t Snapshots::now_s() const { return environment_.cache.clock().now_ms() / kMsPerSecond; }

void Snapshots::follow(const config::Settings& now) {
  {
    const MutexLock lock(mutex_);
    rules_ = now.save;
    stop_writes_ = now.stop_writes_on_bgsave_error;
    tell_writers();
  }
  changed_.notify_all();
}

void Snapshots::tell_writers() {
  const bool cannot_save = stop_writes_ && !rules_.empty() && !facts_.last_background_ok;
  if (cannot_save) {
    environment_.obstacles.fetch_or(kCannotSave);
  } else {
    environment_.obstacles.fetch_and(static_cast<std::uint8_t>(~kCannotSave));
  }
}

// --- Who does what
// --------------------------------------------------------------------------------

bool Snapshots::begin(Work work) {
  {
    const MutexLock lock(mutex_);
    if (work_ != Work::kNone || final_) return false;
    begin_locked(work);
  }
  changed_.notify_all();
  return true;
}

void Snapshots::begin_locked(Work work) {
  work_ = work;
  if (work != Work::kSave) wanted_ = work;
  if (work == Work::kLoad) {
    facts_.loading_since_s = now_s();
    return;
  }
  ++facts_.saves;
  saving_.cancelled = stopping_;
  saving_.keys = 0;
  last_attempt_s_ = now_s();
  if (work == Work::kBackgroundSave) facts_.background_since_s = last_attempt_s_;
}

void Snapshots::end() {
  {
    const MutexLock lock(mutex_);
    work_ = Work::kNone;
    facts_.background_since_s = -1;
    facts_.loading_since_s = -1;
  }
  changed_.notify_all();
}

void Snapshots::run() {
  for (;;) {
    switch (next()) {
      case Work::kNone:
        return;
      case Work::kLoad:
        static_cast<void>(read());
        environment_.obstacles.fetch_and(
            static_cast<std::uint8_t>(~(kLoadingFirst | kLoadingBeside)));
        break;
      case Work::kSave:
      case Work::kBackgroundSave:
        static_cast<void>(write(/*in_background=*/true));
    }
    end();
  }
}

/// kNone: it is to end.
Snapshots::Work Snapshots::next() {
  for (;;) {
    folder_.try_to_set();  // a file system that hangs must not hold the lock
    const MutexLock lock(mutex_);
    if (stopping_) return Work::kNone;
    if (wanted_ != Work::kNone) return std::exchange(wanted_, Work::kNone);
    follow_clock();
    if (work_ == Work::kNone && is_due()) {
      begin_locked(Work::kBackgroundSave);
    } else if (rules_.empty() && folder_.is_set()) {
      changed_.wait(mutex_);
    } else {
      changed_.wait_for(mutex_, kLook);
    }
  }
}

void Snapshots::follow_clock() {
  const std::int64_t now = now_s();
  facts_.last_save_s = std::min(facts_.last_save_s, now);
  last_attempt_s_ = std::min(last_attempt_s_, now);
}

bool Snapshots::is_due() const {
  if (rules_.empty() || final_) return false;
  const std::int64_t now = now_s();
  if (!facts_.last_background_ok && now - last_attempt_s_ <= kSecondsToRetry) return false;
  const std::uint64_t changes = facts_.changes_since(environment_.changes());
  const std::int64_t seconds = now - facts_.last_save_s;
  return std::ranges::any_of(rules_, [=](const config::SaveRule& rule) {
    return changes >= static_cast<std::uint64_t>(rule.changes) && seconds > rule.seconds;
  });
}

// --- Saving
// ---------------------------------------------------------------------------------------

Snapshots::Outcome Snapshots::save() {
  if (!begin(Work::kSave)) return Outcome::kBusy;
  const bool saved = write(/*in_background=*/false);
  end();
  return saved ? Outcome::kDone : Outcome::kFailed;
}

Snapshots::Outcome Snapshots::begin_save() {
  if (!begin(Work::kBackgroundSave)) return Outcome::kBusy;
  environment_.log.notice({"Background saving started"});
  return Outcome::kDone;
}

Snapshots::Outcome Snapshots::save_finally() {
  {
    const MutexLock lock(mutex_);
    final_ = true;
    while (work_ == Work::kSave || work_ == Work::kBackgroundSave) {
      if (work_ == Work::kBackgroundSave) saving_.cancelled = true;
      changed_.wait(mutex_);
    }
    final_ = work_ == Work::kNone;
    if (!final_) return Outcome::kBusy;
    begin_locked(Work::kSave);
  }
  const bool saved = write(/*in_background=*/false);
  end();
  if (saved) return Outcome::kDone;
  const MutexLock lock(mutex_);
  final_ = false;
  return Outcome::kFailed;
}

bool Snapshots::save_to_file(bool in_background) {
  bool saved = false;
  try {
    const auto begun = std::chrono::steady_clock::now();
    const config::Settings settings = environment_.config.settings();
    if (is_to_be_kept_) keep_a_link(path_of(settings));
    const std::optional<std::string> failure = persist::save(
        environment_.cache,
        {.folder = settings.dir,
         .name = settings.dbfilename,
         .format = {.compress = settings.rdbcompression, .checksum = settings.rdbchecksum},
         .in_background = in_background},
        saving_);
    saved = !failure;
    if (failure) {
      environment_.log.warning({"Snapshot not saved: ", *failure});
    } else {
      environment_.log.notice({"Snapshot saved to '", path_of(settings), "': ",
                               std::to_string(saving_.keys), " keys in ", elapsed_since(begun)});
    }
  } catch (const std::bad_alloc&) {
    if (!saved) environment_.log.warning({"Snapshot not saved: not enough memory"});
  }
  return saved;
}

bool Snapshots::write(bool in_background) {
  const std::uint64_t changes = environment_.changes();
  const std::int64_t begun_s = now_s();
  const bool saved = save_to_file(in_background);
  const MutexLock lock(mutex_);
  const bool cancelled = saving_.cancelled;
  if (in_background) {
    facts_.last_background_seconds = std::max<std::int64_t>(0, now_s() - begun_s);
  }
  if (saved) {
    facts_.last_save_s = now_s();
    facts_.changes_then = changes;
  }
  // A save that somebody waits for has told that one of its failure.
  if (saved || (in_background && !cancelled)) facts_.last_background_ok = saved;
  tell_writers();
  return saved;
}

SnapshotFacts Snapshots::facts() const {
  SnapshotFacts facts;
  {
    const MutexLock lock(mutex_);
    facts = facts_;
  }
  facts.keys_saved = saving_.keys;
  facts.keys_to_save = saving_.all_keys;
  facts.bytes_loaded = loading_.bytes;
  facts.bytes_to_load = loading_.all_bytes;
  facts.keys_loaded = loading_.loaded;
  facts.keys_expired = loading_.expired;
  return facts;
}

}  // namespace sideline::persist
