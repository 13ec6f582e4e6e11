#include "bench/hitratio/table.h"

#include <algorithm>
#include <iomanip>
#include <ostream>
#include <sstream>

namespace bench {
namespace {

constexpr double kPoint = 0.01;

std::string fixed(double value, int digits, bool sign) {
  std::ostringstream text;
  if (sign) text << std::showpos;
  text << std::fixed << std::setprecision(digits) << value;
  return text.str();
}

struct Shown {
  std::string operator()(std::monostate) const { return "-"; }
  std::string operator()(const std::string& text) const { return text; }
  std::string operator()(std::size_t number) const { return std::to_string(number); }
  std::string operator()(double ratio) const { return fixed(ratio, 4, /*sign=*/false); }
  std::string operator()(Table::Difference difference) const {
    return fixed(difference.value / kPoint, 2, /*sign=*/true) + (difference.is_within() ? "" : "!");
  }
};

/// The texts are names of ours, with nothing in them to escape.
struct AsJson {
  std::string operator()(std::monostate) const { return {}; }
  std::string operator()(const std::string& text) const { return '"' + text + '"'; }
  std::string operator()(std::size_t number) const { return std::to_string(number); }
  std::string operator()(double ratio) const { return fixed(ratio, 6, /*sign=*/false); }
  std::string operator()(Table::Difference difference) const {
    return fixed(difference.value / kPoint, 4, /*sign=*/false);
  }
};

}  // namespace

void Table::add(std::ostream& out, std::vector<Cell> cells) {
  if (rows_.empty()) print(out, columns_);
  std::vector<std::string> texts;
  for (const Cell& cell : cells) texts.push_back(std::visit(Shown(), cell));
  print(out, texts);
  rows_.push_back(std::move(cells));
}

void Table::print(std::ostream& out, const std::vector<std::string>& texts) const {
  constexpr std::size_t kNarrowest = 8;
  for (std::size_t i = 0; i < texts.size(); ++i) {
    const std::size_t width = std::max(kNarrowest, columns_[i].size());
    out << (i == 0 ? "" : "  ") << std::setw(static_cast<int>(width)) << texts[i];
  }
  out << std::endl;
}

std::size_t Table::excesses() const {
  std::size_t count = 0;
  for (const std::vector<Cell>& row : rows_) {
    for (const Cell& cell : row) {
      const auto* const difference = std::get_if<Difference>(&cell);
      if (difference != nullptr && !difference->is_within()) ++count;
    }
  }
  return count;
}

void Table::write_json(std::ostream& out) const {
  out << "[";
  for (std::size_t row = 0; row < rows_.size(); ++row) {
    out << (row == 0 ? "\n  {" : ",\n  {");
    const char* separator = "";
    for (std::size_t i = 0; i < columns_.size(); ++i) {
      const std::string value = std::visit(AsJson(), rows_[row][i]);
      if (value.empty()) continue;
      out << separator << '"' << columns_[i] << "\": " << value;
      separator = ", ";
    }
    out << "}";
  }
  out << "\n]\n";
}

}  // namespace bench
