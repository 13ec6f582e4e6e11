#include "prefix_rules.h"

#include <algorithm>
#include <stdexcept>

namespace libcache {

PrefixRules::PrefixRules(const std::vector<std::string>& prefixes) {
  if (prefixes.size() > kMost) {
    throw std::invalid_argument("statistics.prefixes must be at most " + std::to_string(kMost) +
                                ", not " + std::to_string(prefixes.size()));
  }
  for (const std::string& prefix : prefixes) {
    rules_.push_back({.prefix = prefix, .number = rules_.size()});
  }
  std::ranges::sort(rules_, {}, &Rule::prefix);
  for (std::size_t at = 1; at < rules_.size(); ++at) {
    const std::string& prefix = rules_[at].prefix;
    std::optional<std::size_t> before = at - 1;
    while (before && !prefix.starts_with(rules_[*before].prefix)) before = rules_[*before].parent;
    if (before && rules_[*before].prefix == prefix) {
      throw std::invalid_argument("statistics.prefixes must differ: \"" + prefix +
                                  "\" is there twice");
    }
    rules_[at].parent = before;
  }
}

std::optional<std::size_t> PrefixRules::find(std::string_view key) const {
  const auto behind = std::ranges::upper_bound(
      rules_, key, {}, [](const Rule& rule) { return std::string_view(rule.prefix); });
  if (behind == rules_.begin()) return std::nullopt;
  auto at = static_cast<std::size_t>(behind - rules_.begin() - 1);
  while (!key.starts_with(rules_[at].prefix)) {
    if (!rules_[at].parent) return std::nullopt;
    at = *rules_[at].parent;
  }
  return rules_[at].number;
}

}  // namespace libcache
