#pragma once

#include <cstdint>
#include <ostream>
#include <string>
#include <string_view>
#include <vector>

namespace sideline::test {

/// A RESP2 or RESP3 reply, taken apart.
struct ParsedReply {
  char type = '\0';   ///< the byte that RESP starts it with: + - : $ * % ~ > # , _ =
  bool null = false;  ///< `$-1`, `*-1` or `_`
  std::string text;   ///< of + - $ = # , as sent; without the format of =
  std::int64_t integer = 0;
  std::vector<ParsedReply> elements;  ///< of * ~ >, and of % keys and values in turn

  /// The value of a key in a map (or in an array of keys and values in turn); throws
  /// std::out_of_range if there is none.
  [[nodiscard]] const ParsedReply& at(std::string_view key) const;
  [[nodiscard]] bool contains(std::string_view key) const;
  [[nodiscard]] const ParsedReply& operator[](std::size_t i) const { return elements.at(i); }
  [[nodiscard]] std::size_t size() const { return elements.size(); }
  /// The texts of the elements.
  [[nodiscard]] std::vector<std::string> texts() const;
};

/// Takes the first reply off the front of `bytes`. Throws std::invalid_argument if there is none
/// that is complete.
[[nodiscard]] ParsedReply parse_reply(std::string_view& bytes);

/// On one line, for messages and comparisons: OK, ERR no such key, 12, "text", nil, [1, "a"],
/// {"k": 1}, ~["a"].
[[nodiscard]] std::string to_string(const ParsedReply& reply);
std::ostream& operator<<(std::ostream& out, const ParsedReply& reply);

}  // namespace sideline::test
