#pragma once

#include <optional>
#include <set>
#include <string>
#include <variant>

#include "server/config/directives.h"
#include "server/config/settings.h"

namespace sideline::config {

/// Directives about which a file is not rewritten.
using Untouched = std::set<const Directive*>;

/// Why a file cannot be rewritten.
struct RewriteFailure {
  std::string text;
};

/// `text`, a configuration file, changed so that it yields `settings`, but for `untouched` ones.
/// Comments, order, and what is not a directive or has no effect stay. A directive that is there
/// gets its new value in its place, and is not repeated; one that has another value then (its
/// default, or what an included file says) is added at the end. So with users, by their names; but
/// an included file cannot be taken back: a user of one who has changed since is a failure. So is a
/// password that no line can hold. Reads the files that `text` includes.
[[nodiscard]] std::variant<std::string, RewriteFailure> rewrite_text(
    const std::string& text, const Settings& settings, const Untouched& untouched = {});

/// Rewrites the file at `path`, all or nothing: whoever reads it, also after a crash, finds the
/// old content or the new. What went wrong, if so; the file is as it was then.
[[nodiscard]] std::optional<RewriteFailure> rewrite_file(const std::string& path,
                                                         const Settings& settings,
                                                         const Untouched& untouched = {});

}  // namespace sideline::config
