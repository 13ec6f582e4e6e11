#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace libcache {

/// Finds the longest of a few prefixes that a key begins with. Immutable, so thread-safe.
///
/// In byte order all that begins with a prefix lies directly behind it. So of a key's prefixes the
/// longest is the greatest one that is not behind the key, or is a prefix of that: by one binary
/// search, and from there along the prefixes of prefixes.
class PrefixRules {
 public:
  static constexpr std::size_t kMost = 64;

  /// Throws std::invalid_argument: too many, or one twice.
  explicit PrefixRules(const std::vector<std::string>& prefixes);

  [[nodiscard]] std::size_t size() const { return rules_.size(); }
  /// Its number in the order in which they were given.
  [[nodiscard]] std::optional<std::size_t> find(std::string_view key) const;

 private:
  struct Rule {
    std::string prefix;
    std::size_t number = 0;
    std::optional<std::size_t> parent = {};  // where the longest prefix of this one is
  };
  std::vector<Rule> rules_;  // in byte order
};

}  // namespace libcache
