#include "server/config/config.h"

#include <algorithm>
#include <variant>

#include "server/config/rewrite.h"

namespace sideline::config {
namespace {

std::string set_failed(std::string_view argument, std::string_view reason) {
  return "CONFIG SET failed (possibly related to argument '" + std::string(argument) + "') - " +
         std::string(reason);
}

/// What CONFIG SET says before it looks at any value.
std::optional<std::string> check_names(std::span<const std::string_view> pairs, Change changeable) {
  std::vector<const Directive*> seen;
  std::optional<std::string> failure;
  for (std::size_t i = 0; i < pairs.size(); i += 2) {
    const Directive* const directive = find_directive(pairs[i]);
    if (directive == nullptr) {
      return "Unknown option or number of arguments for CONFIG SET - '" + std::string(pairs[i]) +
             "'";
    }
    if (failure) continue;
    if (directive->change < changeable) {
      failure = set_failed(pairs[i], directive->change == Change::kProtected
                                         ? "can't set protected config"
                                         : "can't set immutable config");
    } else if (std::ranges::find(seen, directive) != seen.end()) {
      failure = set_failed(pairs[i], "duplicate parameter");
    }
    seen.push_back(directive);
  }
  return failure;
}

/// The name under which CONFIG GET shows what `pattern` found; empty if it does not fit.
std::string_view name_found(const Directive& directive, std::string_view pattern,
                            Config::Match match) {
  const bool is_name = pattern.find_first_of("*?[") == std::string_view::npos;
  if (is_name) return find_directive(pattern) == &directive ? pattern : "";
  return match(pattern, directive.name) ? directive.name : "";
}

std::map<const Directive*, Source> sources_of(const Origins& origins) {
  std::map<const Directive*, Source> sources;
  for (const auto& [directive, origin] : origins) sources.emplace(directive, origin.source);
  return sources;
}

}  // namespace

Config::Config(Settings settings, std::string path, Change changeable, const Origins& origins)
    : path_(std::move(path)),
      changeable_(changeable),
      sources_(sources_of(origins)),
      settings_(std::move(settings)) {
  for (const auto& [directive, source] : sources_) {
    if (source == Source::kEnvironment) of_environment_.insert(directive);
  }
}

std::optional<Source> Config::source(std::string_view directive) const {
  const auto found = sources_.find(find_directive(directive));
  if (found == sources_.end()) return std::nullopt;
  return found->second;
}

Settings Config::settings() const {
  Settings now;
  {
    const MutexLock lock(mutex_);
    now = settings_;
  }
  if (complete_) complete_(now);
  return now;
}

std::vector<std::pair<std::string, std::string>> Config::get(
    std::span<const std::string_view> patterns, Match match) const {
  const Settings now = settings();
  std::vector<std::pair<std::string, std::string>> found;
  for (const Directive& directive : directives()) {
    for (const std::string_view pattern : patterns) {
      const std::string_view name = name_found(directive, pattern, match);
      if (name.empty()) continue;
      found.emplace_back(name, format(directive, now));
      break;
    }
  }
  return found;
}

std::optional<std::string> Config::set(std::span<const std::string_view> pairs) {
  if (pairs.size() % 2 != 0) return "syntax error";
  if (auto failure = check_names(pairs, changeable_)) return failure;
  const MutexLock change(change_mutex_);
  const Settings before = settings();
  Settings now = before;
  for (std::size_t i = 0; i < pairs.size(); i += 2) {
    const Directive& directive = *find_directive(pairs[i]);
    if (const auto wrong = assign(directive, pairs.subspan(i + 1, 1), now)) {
      return set_failed(directive.name, *wrong);
    }
  }
  if (now == before) return std::nullopt;
  if (const auto refusal = apply(before, now)) {
    return set_failed(find_directive(pairs.front())->name, *refusal);
  }
  std::erase_if(of_environment_,
                [&](const Directive* directive) { return !same_value(*directive, before, now); });
  const MutexLock lock(mutex_);
  settings_ = now;
  return std::nullopt;
}

std::optional<std::string> Config::apply(const Settings& before, const Settings& now) {
  for (std::size_t i = 0; i < applies_.size(); ++i) {
    auto refusal = applies_[i].first(before, now);
    if (!refusal) continue;
    while (i-- > 0) {
      const auto& [apply, undo] = applies_[i];
      if (undo) {
        undo(before, now);
      } else {
        // What was valid before is valid again: nobody has a reason to refuse it.
        static_cast<void>(apply(now, before));
      }
    }
    return refusal;
  }
  return std::nullopt;
}

std::optional<std::string> Config::rewrite() {
  if (path_.empty()) return "The server is running without a config file";
  const MutexLock change(change_mutex_);
  Settings now = settings();
  if (complete_rewrite_) complete_rewrite_(now, of_environment_);
  if (const auto failure = rewrite_file(path_, now, of_environment_)) {
    return "Rewriting config file: " + failure->text;
  }
  return std::nullopt;
}

void Config::on_change(Apply apply, Undo undo) {
  applies_.emplace_back(std::move(apply), std::move(undo));
}

void Config::on_read(Complete complete) { complete_ = std::move(complete); }

void Config::on_rewrite(CompleteRewrite complete) { complete_rewrite_ = std::move(complete); }

}  // namespace sideline::config
