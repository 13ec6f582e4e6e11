#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "server/command/table/row.h"

namespace sideline::command {

/// All commands by name. Made once; immutable.
///
/// It copies the families' rows and completes them: the full name, the parent, the index, the only
/// key, and the categories that flags imply.
class Table {
 public:
  using Families = std::span<const std::span<const Row>>;

  explicit Table(Families families);
  Table(const Table&) = delete;
  Table& operator=(const Table&) = delete;

  /// What a request names: the command, or the subcommand where the command has some. Null if
  /// there is no such command or subcommand. The letters' case is ignored. `args` is not empty.
  [[nodiscard]] const Row* find(std::span<const std::string_view> args) const {
    const Row* row = find_command(args[0]);
    if (row == nullptr || row->subcommands.empty() || args.size() < 2) return row;
    return find_subcommand(*row, args[1]);
  }

  [[nodiscard]] const Row* find_command(std::string_view name) const;
  [[nodiscard]] static const Row* find_subcommand(const Row& container, std::string_view name);
  /// "get" or "config|get", as COMMAND INFO takes it.
  [[nodiscard]] const Row* find_full_name(std::string_view name) const;

  /// The commands, without their subcommands, in the families' order.
  [[nodiscard]] std::span<const Row> commands() const { return commands_; }
  /// Commands and subcommands: Row::index is less.
  [[nodiscard]] std::size_t size() const { return rows_.size(); }
  [[nodiscard]] const Row& row(std::size_t index) const { return *rows_[index]; }

 private:
  /// A name in lower case, padded with zeros: compared and hashed by words.
  using Folded = std::array<std::uint64_t, 3>;
  /// One place of the hash table; empty if `row` is null.
  struct Slot {
    Folded name = {};
    const Row* row = nullptr;
  };

  void complete(Row& row, const Row* parent);
  void fill_slots();
  static bool fold(std::string_view name, Folded& folded);
  static bool same(const Folded& a, const Folded& b);
  [[nodiscard]] std::size_t slot_of(const Folded& name) const;

  // Rows point to each other and into names_, so none of these moves after construction.
  std::vector<Row> commands_;
  std::deque<std::vector<Row>> subcommands_;
  std::deque<std::string> names_;
  std::vector<const Row*> rows_;  // by index
  // Open addressing with linear probing, at most a quarter full: a lookup mostly reads one slot.
  std::vector<Slot> slots_;  // a power of two of them
};

}  // namespace sideline::command
