#include "server/config/file_reader.h"

#include <glob.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <optional>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include "server/config/letter_case.h"
#include "server/config/quote.h"
#include "server/resp/inline_arguments.h"

namespace sideline::config {
namespace {

using Failure = std::optional<std::string>;

/// The files that a pattern stands for; a name without one stands for itself.
std::vector<std::string> files_of(const std::string& pattern) {
  if (pattern.find_first_of("*?[") == std::string::npos) return {pattern};
  glob_t found{};
  std::vector<std::string> files;
  if (::glob(pattern.c_str(), 0, nullptr, &found) == 0) {
    files.assign(found.gl_pathv, found.gl_pathv + found.gl_pathc);
  }
  ::globfree(&found);
  return files;
}

class FileReader {
 public:
  /// `includer` is null for the first file.
  FileReader(std::string name, Draft& draft, const FileReader* includer)
      : name_(std::move(name)), draft_(draft), includer_(includer) {}

  /// Why the file cannot be read, if so. What is wrong in it goes to the draft.
  [[nodiscard]] Failure read() {
    for (const FileReader* file = includer_; file != nullptr; file = file->includer_) {
      if (same_file(file->name_, name_)) return "includes itself";
    }
    errno = 0;
    std::ifstream file(name_);
    if (!file) return std::string("can't open: ") + std::strerror(errno);
    return read(file);
  }

  [[nodiscard]] Failure read(std::istream& lines) {
    errno = 0;
    while (std::getline(lines, line_)) {
      ++number_;
      read_line();
    }
    if (lines.bad()) return std::string("can't read: ") + std::strerror(errno);
    return std::nullopt;
  }

 private:
  static bool same_file(const std::string& a, const std::string& b) {
    std::error_code not_there;
    return std::filesystem::equivalent(a, b, not_there);
  }

  [[nodiscard]] std::string here() const { return name_ + ":" + std::to_string(number_); }

  void read_line() {
    trim();
    if (line_.empty() || line_.front() == '#') return;
    std::string decoded;
    std::vector<std::string_view> words;
    if (!resp::split_inline(line_, decoded, words)) {
      return draft_.fail(here(), "a quote is not closed, or a closing one has no space behind it");
    }
    if (words.empty()) return;  // vertical tabs and form feeds only
    const std::span values = std::span(words).subspan(1);
    if (same_ignoring_case(words.front(), "include")) return include(values);
    draft_.assign(words.front(), values, {Source::kFile, here()});
  }

  void include(std::span<const std::string_view> values) {
    if (values.size() != 1) return draft_.fail(here() + ": include", "takes one file or pattern");
    for (const std::string& file : files_of(std::string(values[0]))) {
      const Failure failure = FileReader(file, draft_, this).read();
      if (failure) draft_.fail(here() + ": include " + quote(file), *failure);
    }
  }

  void trim() {
    constexpr std::string_view kBlank = " \t\r\n";
    line_.erase(line_.find_last_not_of(kBlank) + 1);
    line_.erase(0, line_.find_first_not_of(kBlank));
  }

  std::string name_;
  Draft& draft_;
  const FileReader* includer_;
  std::string line_;
  std::size_t number_ = 0;
};

}  // namespace

void read_directives(const std::string& path, Draft& draft) {
  if (const Failure failure = FileReader(path, draft, nullptr).read()) draft.fail(path, *failure);
}

void read_lines(std::istream& lines, const std::string& name, Draft& draft) {
  if (const Failure failure = FileReader(name, draft, nullptr).read(lines)) {
    draft.fail(name, *failure);
  }
}

}  // namespace sideline::config
