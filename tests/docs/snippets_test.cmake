# The programs that the documents show are examples that are compiled, to the letter.
set(root ${CMAKE_CURRENT_LIST_DIR}/../..)

# LANGUAGE is that of the block, cpp if none is named.
function(shows document example)
  set(language cpp ${ARGN})
  list(GET language -1 language)
  file(READ ${root}/${document} text)
  file(READ ${root}/${example} code)
  string(FIND "${text}" "```${language}\n${code}```" position)
  if(position EQUAL -1)
    message(FATAL_ERROR "${document} does not show ${example} as it is")
  endif()
endfunction()

shows(README.md libcache/examples/quickstart.cc)
foreach(example typed loading freshness negative typed_loading coroutine tags removals statistics
                snapshot)
  shows(docs/library.md libcache/examples/${example}.cc)
endforeach()
shows(docs/library.md libcache/examples/c/quickstart.c c)
shows(docs/library.md server/examples/door.cc)
