# The programs that the documents show are examples that are compiled, to the letter.
set(root ${CMAKE_CURRENT_LIST_DIR}/../..)

# LANGUAGE is that of the block, cpp if none is named.
function(shows document example)
  set(language cpp ${ARGN})
  list(GET language -1 language)
  file(READ ${root}/${document} text)
  file(READ ${root}/libcache/examples/${example} code)
  string(FIND "${text}" "```${language}\n${code}```" position)
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
shows(docs/library.md c/quickstart.c c)
