# Writes OUTPUT, the definitions of version.h. Runs in every build, but touches the file only when
# something changed, so that a new commit costs one small compilation and a link.
execute_process(
  # Named outright, the repository needs no safe.directory, and no parent directory is taken for it.
  COMMAND git --git-dir=${SOURCE_DIR}/.git rev-parse --short=12 --verify HEAD
  OUTPUT_VARIABLE commit OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET RESULT_VARIABLE failed)
if(failed)
  set(commit unknown)
endif()
file(CONFIGURE OUTPUT ${OUTPUT} @ONLY CONTENT [[
#include "server/version.h"

namespace sideline {

constexpr std::string_view kVersion = "@VERSION@";
constexpr std::string_view kGitCommit = "@commit@";

}  // namespace sideline
]])
