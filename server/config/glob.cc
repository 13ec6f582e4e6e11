#include "server/config/glob.h"

#include <algorithm>
#include <cstddef>
#include <utility>

namespace sideline::config {
namespace {

// Redis calls such a pattern abusive and lets it match nothing.
constexpr int kMaxStars = 1000;

// In ASCII, whatever the locale.
char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

/// Reads a pattern from left to right. The match_* functions consume one element (anything but a
/// star) and tell whether it matches the byte `c`.
class Pattern {
 public:
  Pattern(std::string_view pattern, LetterCase letter_case)
      : rest_(pattern), ignore_case_(letter_case == LetterCase::kIgnored) {}

  [[nodiscard]] bool at_end() const { return rest_.empty(); }
  [[nodiscard]] bool at_star() const { return rest_.starts_with('*'); }

  void skip_stars() { rest_.remove_prefix(std::min(rest_.find_first_not_of('*'), rest_.size())); }

  /// Precondition: neither at_end() nor at_star().
  bool match_element(char c) {
    switch (rest_.front()) {
      case '?':
        take();
        return true;
      case '[':
        take();
        return match_class(c);
      case '\\':
        if (rest_.size() >= 2) take();
        return equal(take(), c);
      default:
        return equal(take(), c);
    }
  }

 private:
  char take() {
    const char c = rest_.front();
    rest_.remove_prefix(1);
    return c;
  }

  [[nodiscard]] bool equal(char a, char b) const {
    return a == b || (ignore_case_ && lower(a) == lower(b));
  }

  bool match_class(char c) {
    const bool negated = rest_.starts_with('^');
    if (negated) take();
    bool found = false;
    while (!at_end() && rest_.front() != ']') {
      if (match_class_member(c)) found = true;
    }
    if (!at_end()) take();
    return found != negated;
  }

  bool match_class_member(char c) {
    if (rest_.front() == '\\' && rest_.size() >= 2) {
      take();
      return take() == c;
    }
    if (rest_.size() >= 3 && rest_[1] == '-') {
      const char first = take();
      take();
      return in_range(first, take(), c);
    }
    return equal(take(), c);
  }

  [[nodiscard]] bool in_range(char first, char last, char c) const {
    if (as_signed(first) > as_signed(last)) std::swap(first, last);
    if (ignore_case_) {
      first = lower(first);
      last = lower(last);
      c = lower(c);
    }
    return as_signed(first) <= as_signed(c) && as_signed(c) <= as_signed(last);
  }

  // Redis compares chars, and on most machines bytes above 127 are less than the others.
  static signed char as_signed(char c) { return static_cast<signed char>(c); }

  std::string_view rest_;
  bool ignore_case_;
};

}  // namespace

// Each element but a star matches one byte, so only the last star that was passed need ever give
// way: any longer match of an earlier one would have to find the same rest further to the right.
bool glob_match(std::string_view pattern, std::string_view text, LetterCase letter_case) {
  if (text.empty()) return pattern.empty();
  Pattern at(pattern, letter_case);
  Pattern behind_star = at;
  int stars = 0;
  std::size_t star_end = 0;  // where behind_star was tried last
  std::size_t matched = 0;
  while (matched < text.size()) {
    if (at.at_star()) {
      at.skip_stars();
      if (at.at_end()) return true;
      if (++stars > kMaxStars) return false;
      behind_star = at;
      star_end = matched;
    } else if (!at.at_end() && at.match_element(text[matched])) {
      ++matched;
    } else {
      if (stars == 0) return false;
      at = behind_star;
      matched = ++star_end;
    }
  }
  at.skip_stars();
  return at.at_end();
}

}  // namespace sideline::config
