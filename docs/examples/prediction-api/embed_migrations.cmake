# Makes OUTPUT, a C++ file, of FOLDER/NNN_name.sql.
file(GLOB files ${FOLDER}/*.sql)
list(SORT files)
set(rows "")
foreach(file IN LISTS files)
  cmake_path(GET file STEM name)
  if(NOT name MATCHES "^0*([1-9][0-9]*)_[a-z_]+$")
    message(FATAL_ERROR "${file}: the name has to be NNN_name.sql")
  endif()
  set(number ${CMAKE_MATCH_1})
  file(READ ${file} sql)
  string(APPEND rows "    Migration{${number}, \"${name}\", R\"sql(${sql})sql\"},\n")
endforeach()
file(WRITE ${OUTPUT} "#include <array>

#include \"store/migrations.h\"

namespace prediction {
namespace {

constexpr std::array kMigrations = {
${rows}};

}  // namespace

std::span<const Migration> migrations() { return kMigrations; }

}  // namespace prediction
")
