#include <algorithm>
#include <array>

#include "server/config/directives.h"
#include "server/config/letter_case.h"

namespace sideline::config {
namespace {

using WordList = std::span<const std::string_view>;
using Part = std::vector<std::string_view>;

Part part(const Fixed& type, WordList words) {
  if (words.size() != 1 || !same_ignoring_case(words[0], type.value)) return {};
  return {words[0]};
}

Part part(const Choice& type, WordList words) {
  const bool is_of_redis =
      words.size() == 1 && !type.of_redis.empty() && same_ignoring_case(words[0], type.of_redis);
  return is_of_redis ? Part() : Part(words.begin(), words.end());
}

/// A limit for clients that there are none of.
bool is_idle(WordList group) {
  constexpr std::array<std::string_view, 3> kNoLimit = {"0", "0", "0"};
  const auto is = [&](std::string_view name) { return same_ignoring_case(group[0], name); };
  return (is("slave") || is("replica") || is("pubsub")) &&
         !std::ranges::equal(group.subspan(1, 3), kNoLimit);
}

Part part(const OutputLimits&, WordList words) {
  Part kept;
  for (; words.size() >= 4; words = words.subspan(4)) {
    const WordList group = words.first(4);
    if (!is_idle(group)) kept.insert(kept.end(), group.begin(), group.end());
  }
  kept.insert(kept.end(), words.begin(), words.end());  // for assign() to judge
  return kept;
}

Part part(const auto&, WordList words) { return {words.begin(), words.end()}; }

}  // namespace

Part honoured(const Directive& directive, WordList words) {
  return std::visit([&](const auto& type) { return part(type, words); }, directive.type);
}

}  // namespace sideline::config
