#pragma once

#include <functional>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <absl/base/thread_annotations.h>

#include "server/base/mutex.h"
#include "server/config/directives.h"
#include "server/config/origin.h"
#include "server/config/settings.h"

namespace sideline::config {

/// The server's configuration while it runs: the settings, where they came from, and who is to be
/// told of a change.
///
/// Every directive is one row of directives.cc: name, type, bounds, whether it may change at run
/// time, and the Settings field it fills. Files, the command line and --help, and CONFIG
/// GET/SET/REWRITE all come from the rows. Thread-safe.
class Config {
 public:
  /// Starts with `settings` (from load()); `path` is the file they came from, empty if none. set()
  /// changes what may be changed at run time; with `changeable` kOfCache no more than that.
  Config(Settings settings, std::string path, Change changeable = Change::kAtRunTime,
         const Origins& origins = {});

  /// What a directive had its value from at the start; nothing if it had its default.
  [[nodiscard]] std::optional<Source> source(std::string_view directive) const;

  /// A copy of all settings. Not for hot paths: those keep what they need in an atomic that
  /// on_change() updates.
  [[nodiscard]] Settings settings() const ABSL_LOCKS_EXCLUDED(mutex_);

  /// The file that the settings came from; empty if there is none.
  [[nodiscard]] const std::string& path() const { return path_; }

  /// Whether a glob pattern fits a name, regardless of case.
  using Match = bool (*)(std::string_view pattern, std::string_view name);

  /// What CONFIG GET replies: the directives that any of the patterns finds, each once, names and
  /// values in Redis's text form, in table order. A pattern without a wildcard is a name, and is
  /// returned as it was written.
  [[nodiscard]] std::vector<std::pair<std::string, std::string>> get(
      std::span<const std::string_view> patterns, Match match) const;

  /// Sets several directives, all or none: the text after "ERR " (as Redis words it:
  /// "CONFIG SET failed (possibly related to argument 'maxmemory') - argument must be a memory
  /// value"), or nothing on success. `pairs` alternates names and values.
  [[nodiscard]] std::optional<std::string> set(std::span<const std::string_view> pairs)
      ABSL_LOCKS_EXCLUDED(change_mutex_, mutex_);

  /// Writes the present values into the file that was loaded, keeping comments and order; of what
  /// the environment says, only what set() has changed since. Error text as Redis's, or nothing.
  [[nodiscard]] std::optional<std::string> rewrite() ABSL_LOCKS_EXCLUDED(change_mutex_, mutex_);

  /// `apply` is called with the new settings after each successful set(), and may refuse with a
  /// reason: then everything is rolled back, and those that had applied it are called to `undo` it,
  /// with the same arguments; without `undo`, `apply` is called again with `before` and `now`
  /// exchanged. Called one change at a time; settings() returns the new values only afterwards, and
  /// set() must not be called. Register before threads start.
  using Apply =
      std::function<std::optional<std::string>(const Settings& before, const Settings& now)>;
  using Undo = std::function<void(const Settings& before, const Settings& now)>;
  void on_change(Apply apply, Undo undo = nullptr);

  /// `complete` overwrites the settings whose present values somebody else holds, and may change
  /// without set(); it is called by whoever reads them. Register before threads start.
  using Complete = std::function<void(Settings& settings)>;
  void on_read(Complete complete);
  /// The same for what only rewrite() shows. `untouched` is what it does not write.
  using CompleteRewrite =
      std::function<void(Settings& settings, const std::set<const Directive*>& untouched)>;
  void on_rewrite(CompleteRewrite complete);

 private:
  [[nodiscard]] std::optional<std::string> apply(const Settings& before, const Settings& now)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(change_mutex_);

  const std::string path_;
  const Change changeable_;
  const std::map<const Directive*, Source> sources_;
  // All are there before threads start.
  std::vector<std::pair<Apply, Undo>> applies_;
  Complete complete_;
  CompleteRewrite complete_rewrite_;

  Mutex change_mutex_ ABSL_ACQUIRED_BEFORE(mutex_);  // one change or rewrite at a time
  // What has its value from the environment, which says it again at the next start: a secret that
  // comes from there is not for a file.
  std::set<const Directive*> of_environment_ ABSL_GUARDED_BY(change_mutex_);
  mutable Mutex mutex_;
  Settings settings_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace sideline::config
