# Writes OUTPUT, the definitions of page.h: page.html of SOURCE_DIR with its style sheet and its
# scripts in it, and the policy that lets a browser run exactly those.

# The hash of a text as Content-Security-Policy wants it, in base64, of which CMake knows nothing.
function(source_hash result text)
  set(digits ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/)
  string(SHA256 hash "${text}")
  string(REGEX MATCHALL "..." triples "${hash}00")  # 12 bits each: two digits
  set(base64)
  foreach(triple IN LISTS triples)
    math(EXPR high "0x${triple} >> 6")
    math(EXPR low "0x${triple} & 63")
    string(SUBSTRING ${digits} ${high} 1 first)
    string(SUBSTRING ${digits} ${low} 1 second)
    string(APPEND base64 ${first}${second})
  endforeach()
  string(SUBSTRING ${base64} 0 43 base64)  # the last digit is of what was added
  set(${result} "'sha256-${base64}='" PARENT_SCOPE)
endfunction()

# Puts a file where `tag` names it in `page`, and adds its hash to the list `hashes`.
function(put_inline tag file element hashes)
  file(READ ${SOURCE_DIR}/${file} text)
  source_hash(hash "${text}")
  string(REPLACE "${tag}" "<${element}>${text}</${element}>" page "${page}")
  set(page "${page}" PARENT_SCOPE)
  set(${hashes} "${${hashes}} ${hash}" PARENT_SCOPE)
endfunction()

file(READ ${SOURCE_DIR}/page.html page)
put_inline("<link rel=\"stylesheet\" href=\"page.css\">" page.css style styles)
string(REGEX MATCHALL "<script src=\"[a-z]+\\.js\"></script>" tags "${page}")
foreach(tag IN LISTS tags)
  string(REGEX REPLACE ".*\"([a-z]+\\.js)\".*" "\\1" script "${tag}")
  put_inline("${tag}" ${script} script scripts)
endforeach()

file(CONFIGURE OUTPUT ${OUTPUT} @ONLY CONTENT [[
#include "server/admin/page.h"

namespace sideline::admin {

constexpr std::string_view kPage = R"page(@page@)page";

// The icon is a part of the page too.
constexpr std::string_view kPagePolicy =
    "default-src 'none'; script-src@scripts@; style-src@styles@; connect-src 'self'; "
    "img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

}  // namespace sideline::admin
]])
