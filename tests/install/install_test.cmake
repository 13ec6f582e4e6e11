# Installs libcache from BUILD_DIR into a prefix of its own, then configures, builds and runs
# projects that find it there, with the same COMPILER.
file(REMOVE_RECURSE ${WORK_DIR})

set(configure ${CMAKE_COMMAND} -G Ninja -DCMAKE_CXX_COMPILER=${COMPILER}
              -DCMAKE_PREFIX_PATH=${WORK_DIR}/prefix --no-warn-unused-cli)
function(run)
  execute_process(COMMAND ${ARGV} COMMAND_ERROR_IS_FATAL ANY)
endfunction()
function(install component)
  run(${CMAKE_COMMAND} --install ${BUILD_DIR} --component ${component} --prefix ${WORK_DIR}/prefix)
endfunction()
# The projects need neither Boost nor Abseil.
function(use project)
  run(${configure} -S ${CMAKE_CURRENT_LIST_DIR}/${project} -B ${WORK_DIR}/${project}
      -DCMAKE_DISABLE_FIND_PACKAGE_Boost=ON -DCMAKE_DISABLE_FIND_PACKAGE_absl=ON)
  run(${CMAKE_COMMAND} --build ${WORK_DIR}/${project})
  execute_process(COMMAND ./consumer WORKING_DIRECTORY ${WORK_DIR}/${project}
                  COMMAND_ERROR_IS_FATAL ANY)
endfunction()

# Such a project is refused, with a message that names what is missing.
function(refuse project why)
  execute_process(COMMAND ${configure} -S ${CMAKE_CURRENT_LIST_DIR}/${project}
                          -B ${WORK_DIR}/${project}_refused -DCMAKE_DISABLE_FIND_PACKAGE_Boost=ON
                  RESULT_VARIABLE result OUTPUT_QUIET ERROR_VARIABLE error)
  if(result EQUAL 0 OR NOT error MATCHES ${why})
    message(FATAL_ERROR "${project} should be refused with \"${why}\": ${error}")
  endif()
endfunction()

install(libcache)
use(cpp)
use(c)
refuse(server "no libcache::server")
install(libcache-server)
use(server)

# A service's own Boost, of whatever version, never meets the one in there.
file(GLOB archive ${WORK_DIR}/prefix/*/libcache_server.a)
execute_process(COMMAND nm --extern-only --defined-only --demangle --format=just-symbols ${archive}
                OUTPUT_VARIABLE shown COMMAND_ERROR_IS_FATAL ANY)
string(REGEX REPLACE "libcache::Door::[^\n]*" "" others "${shown}")
if(shown STREQUAL others OR others MATCHES "::")
  message(FATAL_ERROR "libcache_server.a shows other than libcache::Door: ${others}")
endif()

# Only who asks for libcache::asio needs Boost.
refuse(asio "no libcache::asio")
run(${configure} -S ${CMAKE_CURRENT_LIST_DIR}/asio -B ${WORK_DIR}/asio)
run(${CMAKE_COMMAND} --build ${WORK_DIR}/asio)
run(${WORK_DIR}/asio/consumer)

# libcache is also a project of its own, which needs nothing of the server.
run(${configure} -S ${CMAKE_CURRENT_LIST_DIR}/../../libcache -B ${WORK_DIR}/alone
    -DCMAKE_DISABLE_FIND_PACKAGE_Boost=ON)
