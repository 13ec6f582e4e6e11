#include "server/admin/utf8.h"

#include <cstdint>

namespace sideline::admin {
namespace {

/// How a sequence of several bytes begins, and the least code point that needs it: shorter ones
/// spelt so are wrong.
struct Form {
  std::uint8_t mask;
  std::uint8_t lead;
  std::size_t size;
  std::uint32_t least;
};
constexpr Form kForms[] = {{0xe0, 0xc0, 2, 0x80}, {0xf0, 0xe0, 3, 0x800}, {0xf8, 0xf0, 4, 0x10000}};

bool is_code_point(std::uint32_t value, std::uint32_t least) {
  const bool is_surrogate = value >= 0xd800 && value <= 0xdfff;
  return value >= least && value <= 0x10ffff && !is_surrogate;
}

/// The size of the character that `bytes` begins with; 0 if it is none.
std::size_t character_size(std::string_view bytes) {
  const auto first = static_cast<std::uint8_t>(bytes[0]);
  if (first < 0x80) return 1;
  for (const Form& form : kForms) {
    if ((first & form.mask) != form.lead) continue;
    if (bytes.size() < form.size) return 0;
    std::uint32_t value = first & static_cast<std::uint8_t>(~form.mask);
    for (std::size_t i = 1; i < form.size; ++i) {
      const auto next = static_cast<std::uint8_t>(bytes[i]);
      if ((next & 0xc0U) != 0x80) return 0;
      value = (value << 6U) | (next & 0x3fU);
    }
    return is_code_point(value, form.least) ? form.size : 0;
  }
  return 0;
}

bool is_utf8(std::string_view bytes) {
  while (!bytes.empty()) {
    const std::size_t size = character_size(bytes);
    if (size == 0) return false;
    bytes.remove_prefix(size);
  }
  return true;
}

bool looks_escaped(std::string_view text) {
  return text.find("\\x") != text.npos || text.find("\\\\") != text.npos;
}

}  // namespace

std::string utf8(std::string_view bytes) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  const bool is_text = is_utf8(bytes);
  if (is_text && !looks_escaped(bytes)) return std::string(bytes);
  std::string text;
  for (const char c : bytes) {
    const auto byte = static_cast<std::uint8_t>(c);
    if (c == '\\') {
      text.append("\\\\");
    } else if (is_text || byte < 0x80) {
      text.push_back(c);
    } else {
      text.append("\\x").append(1, kDigits[byte >> 4U]).append(1, kDigits[byte & 0xfU]);
    }
  }
  return text;
}

}  // namespace sideline::admin
