#pragma once

#include <algorithm>
#include <cstddef>
#include <string_view>
#include <vector>

namespace sideline::resp {

// How nearly all requests are written: "*<count>\r\n", then "$<length>\r\n<bytes>\r\n" for each
// argument, with numbers of 1 to 9 digits in the canonical form. For who has the whole of it in
// memory: these functions keep no state, and return null for what is written otherwise, breaks a
// limit or is not all there. RequestParser knows the rest.

/// "\r\n"; Redis does not look at these two bytes behind an argument, nor at the "\n" of a line.
inline constexpr std::size_t kLineEnd = 2;

/// Reads "<number>\r\n" from `at`, without looking for the end of the line first. Returns the first
/// byte behind it.
inline const char* read_plain_number(const char* at, const char* end, std::size_t& number) {
  constexpr std::ptrdiff_t kDigits = 9;
  constexpr auto kEndBytes = static_cast<std::ptrdiff_t>(kLineEnd);
  const auto digit_at = [](const char* place) {
    return static_cast<unsigned>(static_cast<unsigned char>(*place)) - '0';
  };
  if (end - at <= kEndBytes || digit_at(at) > 9) return nullptr;
  const char* const last = at + std::min(end - at - kEndBytes, kDigits);  // where a line may end
  std::size_t value = digit_at(at);
  for (++at; *at != '\r'; ++at) {
    if (at == last || value == 0 || digit_at(at) > 9) return nullptr;
    value = value * 10 + digit_at(at);
  }
  number = value;
  return at + kLineEnd;
}

/// Reads one argument of at most `max` bytes from `at`. Returns the first byte behind it.
inline const char* read_plain_argument(const char* at, const char* end, std::size_t max,
                                       std::string_view& argument) {
  std::size_t size = 0;
  if (at == end || *at != '$') return nullptr;
  const char* const bytes = read_plain_number(at + 1, end, size);
  if (bytes == nullptr || size > max) return nullptr;
  if (static_cast<std::size_t>(end - bytes) < size + kLineEnd) return nullptr;
  argument = {bytes, size};
  return bytes + size + kLineEnd;
}

/// Reads a request of at most `max_arguments` arguments of at most `max_bulk` bytes each from `at`,
/// and appends them to `arguments`, as views. Returns the first byte behind it.
const char* read_plain_request(const char* at, const char* end, std::size_t max_arguments,
                               std::size_t max_bulk, std::vector<std::string_view>& arguments);

}  // namespace sideline::resp
