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
  const char* const first = at;
  const char* const stop = at + std::min(end - at, kDigits);
  std::size_t value = 0;
  for (; at != stop; ++at) {
    const auto digit = static_cast<unsigned>(static_cast<unsigned char>(*at)) - '0';
    if (digit > 9) break;
    value = value * 10 + digit;
  }
  const bool canonical = at != first && (*first != '0' || at == first + 1);
  if (!canonical || end - at < static_cast<std::ptrdiff_t>(kLineEnd) || *at != '\r') return nullptr;
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
