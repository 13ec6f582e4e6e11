# The C++ snippet of the README is the example that is compiled, to the letter.
set(root ${CMAKE_CURRENT_LIST_DIR}/../..)
file(READ ${root}/README.md readme)
file(READ ${root}/libcache/examples/quickstart.cc example)
string(FIND "${readme}" "```cpp\n${example}```" position)
if(position EQUAL -1)
  message(FATAL_ERROR "The C++ snippet in README.md is not libcache/examples/quickstart.cc")
endif()
