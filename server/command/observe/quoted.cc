#include "server/command/observe/quoted.h"

namespace sideline::command {
namespace {

constexpr std::string_view kPlain = "\\\"\n\r\t\a\b";
constexpr std::string_view kEscapes = "\\\"nrtab";  // by place in kPlain

void append_escaped(std::string& out, char c) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  if (const auto known = kPlain.find(c); known != std::string_view::npos) {
    out += '\\';
    out += kEscapes[known];
    return;
  }
  const auto byte = static_cast<unsigned char>(c);
  out += "\\x";
  out += kDigits[byte >> 4U];
  out += kDigits[byte & 15U];
}

}  // namespace

void append_quoted(std::string& out, std::string_view bytes) {
  out += '"';
  for (const char c : bytes) {
    const bool printable = c >= ' ' && c <= '~' && c != '"' && c != '\\';
    if (printable) {
      out += c;
    } else {
      append_escaped(out, c);
    }
  }
  out += '"';
}

}  // namespace sideline::command
