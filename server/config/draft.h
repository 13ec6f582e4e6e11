#pragma once

#include <map>
#include <span>
#include <string>
#include <string_view>

#include "server/config/directives.h"
#include "server/config/origin.h"
#include "server/config/settings.h"

namespace sideline::config {

/// A configuration that is being put together: the defaults, and what its sources say, one after
/// the other. What is wrong is collected, so that all of it can be mended at once.
class Draft {
 public:
  /// What `origin` says a directive is.
  void assign(std::string_view name, std::span<const std::string_view> words, const Origin& origin);

  /// Something is wrong at `place`.
  void fail(std::string_view place, std::string_view what);

  [[nodiscard]] const Settings& settings() const { return settings_; }
  [[nodiscard]] const Origins& origins() const { return origins_; }

  /// For a person to read, one a line; empty if nothing is wrong.
  [[nodiscard]] const std::string& problems() const { return problems_; }

  /// What nothing comes of, for a person to read; empty if there is no such thing.
  [[nodiscard]] std::string warning() const;

 private:
  using Words = std::span<const std::string_view>;

  void assign(const Directive& directive, Words words, const Origin& origin);

  Settings settings_;
  Origins origins_;
  std::string problems_;
  std::map<std::string_view, std::string_view> without_effect_;  // the loss by the directive's name
};

/// "; did you mean 'port'?" if one of all directives is a near match for `name`, else nothing.
[[nodiscard]] std::string suggestion(std::string_view name);

}  // namespace sideline::config
