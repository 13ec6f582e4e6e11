#include "server/config/quote.h"

#include <algorithm>

namespace sideline::config {
namespace {

bool needs_quotes(char c) {
  return c <= ' ' || c > '~' || c == '"' || c == '\'' || c == '\\' || c == '#';
}

void append_escaped(std::string& text, char c) {
  constexpr std::string_view kHex = "0123456789abcdef";
  if (c == '"' || c == '\\') {
    text.append({'\\', c});
  } else if (c >= ' ' && c <= '~') {
    text.push_back(c);
  } else {
    const auto byte = static_cast<unsigned char>(c);
    text.append({'\\', 'x', kHex[byte >> 4], kHex[byte & 15]});
  }
}

}  // namespace

std::string quote(std::string_view word) {
  if (!word.empty() && std::ranges::none_of(word, needs_quotes)) return std::string(word);
  std::string text = "\"";
  for (const char c : word) append_escaped(text, c);
  return text + '"';
}

}  // namespace sideline::config
