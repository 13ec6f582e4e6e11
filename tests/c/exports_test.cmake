# The shared LIBRARY shows the functions of libcache/c.h, and nothing else.
execute_process(COMMAND nm -D --defined-only --format=just-symbols ${LIBRARY}
                OUTPUT_VARIABLE shown COMMAND_ERROR_IS_FATAL ANY)
string(REGEX MATCHALL "[^\n]+" shown "${shown}")
list(TRANSFORM shown REPLACE "@.*" "")
list(REMOVE_ITEM shown LIBCACHE_0)  # the version that all have
list(SORT shown)

file(READ ${CMAKE_CURRENT_LIST_DIR}/../../libcache/include/libcache/c.h header)
string(REGEX REPLACE "/\\*[^*]*\\*+([^/*][^*]*\\*+)*/" "" header "${header}")
string(REGEX MATCHALL "libcache_[a-z_]+\\(" declared "${header}")
list(TRANSFORM declared REPLACE "\\(" "")
list(REMOVE_DUPLICATES declared)
list(SORT declared)

if(NOT shown STREQUAL declared)
  message(FATAL_ERROR "shown:    ${shown}\ndeclared: ${declared}")
endif()
