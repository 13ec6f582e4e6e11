#include "bench/network/load/protocol.h"

#include <charconv>

namespace load {

Line first_line(std::string_view input) {
  const std::size_t end = input.find('\n');
  if (end == std::string_view::npos || end == 0) return {{}, 0};
  return {input.substr(0, end - 1), end + 1};
}

std::int64_t decimal(std::string_view text) {
  std::int64_t value = 0;
  const char* const end = text.data() + text.size();
  const auto [at, error] = std::from_chars(text.data(), end, value);
  return error == std::errc{} && at == end ? value : -1;
}

}  // namespace load
