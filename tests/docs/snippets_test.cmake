# The C++ programs that the documents show are examples that are compiled, to the letter.
set(root ${CMAKE_CURRENT_LIST_DIR}/../..)

function(shows document example)
  file(READ ${root}/${document} text)
  file(READ ${root}/libcache/examples/${example} code)
  string(FIND "${text}" "```cpp\n${code}```" position)
  if(position EQUAL -1)
    message(FATAL_ERROR "${document} does not show libcache/examples/${example} as it is")
  endif()
endfunction()

shows(README.md quickstart.cc)
shows(docs/library.md typed.cc)
shows(docs/library.md tags.cc)
shows(docs/library.md loading.cc)
shows(docs/library.md freshness.cc)
shows(docs/library.md negative.cc)
shows(docs/library.md typed_loading.cc)
