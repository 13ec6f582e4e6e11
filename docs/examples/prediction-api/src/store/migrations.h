#pragma once

#include <span>
#include <string_view>

namespace prediction {

/// A file of migrations/, which CMake puts into the program. It runs on PostgreSQL and SQLite, and
/// only adds: the program of before a deployment still runs on the schema of after it.
struct Migration {
  int number;
  std::string_view name;
  std::string_view sql;
};

/// In the order of their numbers.
std::span<const Migration> migrations();

}  // namespace prediction
