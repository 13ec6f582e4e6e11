#pragma once

#include <cstdint>
#include <map>
#include <string>

namespace sideline::config {

struct Directive;

/// Where a value comes from. Each source wins over those before it.
enum class Source : std::uint8_t { kFile, kEnvironment, kCommandLine };

struct Origin {
  Source source = Source::kFile;
  std::string place = {};  ///< "cache.conf:12", the variable, or the option with its dashes

  bool operator==(const Origin&) const = default;
};

/// Of the directives that do not have their default.
using Origins = std::map<const Directive*, Origin>;

}  // namespace sideline::config
