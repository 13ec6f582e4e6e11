#pragma once

#include <algorithm>
#include <cstddef>
#include <span>
#include <string_view>

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
  std::size_t value = digit_at(at);
  if (*++at != '\r') {
    const char* const last = at - 1 + std::min(end - at + 1 - kEndBytes, kDigits);
    do {
      if (at == last || value == 0 || digit_at(at) > 9) return nullptr;
      value = value * 10 + digit_at(at);
    } while (*++at != '\r');
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

/// Reads as many arguments as there is room for, of at most `max_bulk` bytes each, and puts views
/// of them there. Returns the first byte behind them.
inline const char* read_plain_arguments(const char* at, const char* end, std::size_t max_bulk,
                                        std::span<std::string_view> room) {
  for (std::string_view& argument : room) {
    at = read_plain_argument(at, end, max_bulk, argument);
    if (at == nullptr) return nullptr;
  }
  return at;
}

/// Reads a request from `at`, of no more arguments than there is room for; their number goes to
/// `count`. Returns the first byte behind it.
inline const char* read_plain_request(const char* at, const char* end, std::size_t max_bulk,
                                      std::span<std::string_view> room, std::size_t& count) {
  if (at == end || *at != '*') return nullptr;
  at = read_plain_number(at + 1, end, count);
  if (at == nullptr || count > room.size()) return nullptr;
  return read_plain_arguments(at, end, max_bulk, room.first(count));
}

}  // namespace sideline::resp
