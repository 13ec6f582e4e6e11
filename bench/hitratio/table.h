#pragma once

#include <cstddef>
#include <iosfwd>
#include <string>
#include <variant>
#include <vector>

namespace bench {

/// Results as rows of named columns: for a person and as JSON.
class Table {
 public:
  /// What a difference should be.
  struct Bounds {
    double least = -1;
    double most = 1;
  };
  /// Nothing, a text, a number of things, a hit ratio (four digits), or a difference of hit ratios
  /// (shown in points, with a sign, and with a '!' if it is not within its bounds).
  struct Difference {
    double value;
    Bounds bounds = {};

    [[nodiscard]] bool is_within() const { return value >= bounds.least && value <= bounds.most; }
  };
  using Cell = std::variant<std::monostate, std::string, std::size_t, double, Difference>;

  explicit Table(std::vector<std::string> columns) : columns_(std::move(columns)) {}

  /// As many cells as columns. Prints the row to `out` at once: a whole table takes minutes.
  void add(std::ostream& out, std::vector<Cell> cells);

  /// How many differences are not within their bounds.
  [[nodiscard]] std::size_t excesses() const;

  /// One object a row; a cell of nothing is left out, a difference is in points.
  void write_json(std::ostream& out) const;

 private:
  void print(std::ostream& out, const std::vector<std::string>& texts) const;

  std::vector<std::string> columns_;
  std::vector<std::vector<Cell>> rows_;
};

}  // namespace bench
