# The C++ programs that the documents show are examples that are compiled, to the letter.
set(root ${CMAKE_CURRENT_LIST_DIR}/../..)

function(shows document example)
  file(READ ${root}/${document} text)
  file(READ ${root}/${example} code)
  string(FIND "${text}" "```cpp\n${code}```" position)
  if(position EQUAL -1)
    message(FATAL_ERROR "${document} does not show ${example} as it is")
  endif()
endfunction()

shows(README.md libcache/examples/quickstart.cc)
shows(docs/library.md libcache/examples/typed.cc)
shows(docs/library.md server/examples/door.cc)
