#include "server/resp/inline_arguments.h"

#include <cstddef>
#include <optional>

namespace sideline::resp {
namespace {

bool is_space(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

// Fewer than is_space: a vertical tab or form feed separates arguments only where one could start.
bool ends_argument(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

std::optional<unsigned> hex_value(char c) {
  if (c >= '0' && c <= '9') return static_cast<unsigned>(c - '0');
  if (c >= 'a' && c <= 'f') return static_cast<unsigned>(c - 'a') + 10;
  if (c >= 'A' && c <= 'F') return static_cast<unsigned>(c - 'A') + 10;
  return std::nullopt;
}

char unescaped(char c) {
  switch (c) {
    case 'n':
      return '\n';
    case 'r':
      return '\r';
    case 't':
      return '\t';
    case 'b':
      return '\b';
    case 'a':
      return '\a';
    default:
      return c;
  }
}

/// A cursor over the line. The read_* functions start behind what announced them, and are false if
/// a quote is unbalanced.
class Splitter {
 public:
  Splitter(std::string_view line, std::string& decoded) : line_(line), decoded_(decoded) {}

  [[nodiscard]] bool at_end() const { return at_ == line_.size(); }

  void skip_space() {
    while (!at_end() && is_space(line_[at_])) ++at_;
  }

  /// Precondition: at the first byte of an argument.
  bool read_argument(std::string_view& argument) {
    const std::size_t start = at_;
    while (!at_end() && !ends_argument(line_[at_])) {
      const char c = line_[at_];
      if (c == '"' || c == '\'') return read_quoted(start, argument);
      ++at_;
    }
    argument = line_.substr(start, at_ - start);
    return true;
  }

 private:
  /// The argument began at `start` and its quote is at the cursor; the closing quote ends both.
  bool read_quoted(std::size_t start, std::string_view& argument) {
    const std::size_t decoded_start = decoded_.size();
    decoded_.append(line_.substr(start, at_ - start));
    const bool closed = line_[at_++] == '"' ? read_double_quoted() : read_single_quoted();
    argument = std::string_view(decoded_).substr(decoded_start);
    return closed && (at_end() || is_space(line_[at_]));
  }

  bool read_double_quoted() {
    while (!at_end()) {
      const char c = line_[at_++];
      if (c == '"') return true;
      if (c == '\\' && !at_end()) {
        decoded_ += read_escape();
      } else {
        decoded_ += c;
      }
    }
    return false;
  }

  bool read_single_quoted() {
    while (!at_end()) {
      const char c = line_[at_++];
      if (c == '\'') return true;
      if (c == '\\' && !at_end() && line_[at_] == '\'') {
        decoded_ += line_[at_++];
      } else {
        decoded_ += c;
      }
    }
    return false;
  }

  char read_escape() {
    const char c = line_[at_++];
    if (c == 'x' && line_.size() - at_ >= 2) {
      const auto high = hex_value(line_[at_]);
      const auto low = hex_value(line_[at_ + 1]);
      if (high && low) {
        at_ += 2;
        return static_cast<char>(*high * 16 + *low);
      }
    }
    return unescaped(c);
  }

  std::string_view line_;
  std::string& decoded_;
  std::size_t at_ = 0;
};

}  // namespace

bool split_inline(std::string_view line, std::string& decoded,
                  std::vector<std::string_view>& arguments) {
  arguments.clear();
  decoded.clear();
  // Decoding never lengthens, so the views into `decoded` stay valid while it fills.
  if (line.find_first_of("\"'") != std::string_view::npos) decoded.reserve(line.size());

  Splitter splitter(line, decoded);
  for (splitter.skip_space(); !splitter.at_end(); splitter.skip_space()) {
    std::string_view argument;
    if (!splitter.read_argument(argument)) return false;
    arguments.push_back(argument);
  }
  return true;
}

}  // namespace sideline::resp
