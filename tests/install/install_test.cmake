# Installs libcache from BUILD_DIR into a prefix of its own, then configures, builds and runs
# projects that find it there, with the same COMPILER.
file(REMOVE_RECURSE ${WORK_DIR})

set(configure ${CMAKE_COMMAND} -G Ninja -DCMAKE_CXX_COMPILER=${COMPILER})
function(run)
  execute_process(COMMAND ${ARGV} COMMAND_ERROR_IS_FATAL ANY)
endfunction()

run(${CMAKE_COMMAND} --install ${BUILD_DIR} --component libcache --prefix ${WORK_DIR}/prefix)
foreach(language IN ITEMS cpp c)
  run(${configure} -S ${CMAKE_CURRENT_LIST_DIR}/${language} -B ${WORK_DIR}/${language}
      -DCMAKE_PREFIX_PATH=${WORK_DIR}/prefix -DCMAKE_DISABLE_FIND_PACKAGE_Boost=ON)
  run(${CMAKE_COMMAND} --build ${WORK_DIR}/${language})
  run(${WORK_DIR}/${language}/consumer)
endforeach()

# Only who asks for libcache::asio needs Boost.
run(${configure} -S ${CMAKE_CURRENT_LIST_DIR}/asio -B ${WORK_DIR}/asio
    -DCMAKE_PREFIX_PATH=${WORK_DIR}/prefix)
run(${CMAKE_COMMAND} --build ${WORK_DIR}/asio)
run(${WORK_DIR}/asio/consumer)
execute_process(COMMAND ${configure} -S ${CMAKE_CURRENT_LIST_DIR}/asio -B ${WORK_DIR}/without_boost
                        -DCMAKE_PREFIX_PATH=${WORK_DIR}/prefix
                        -DCMAKE_DISABLE_FIND_PACKAGE_Boost=ON
                RESULT_VARIABLE failed ERROR_VARIABLE error)
if(NOT failed OR NOT error MATCHES "asio")
  message(FATAL_ERROR "libcache's component asio is found without Boost: ${error}")
endif()

# libcache is also a project of its own, which needs nothing of the server.
run(${configure} -S ${CMAKE_CURRENT_LIST_DIR}/../../libcache -B ${WORK_DIR}/alone
    -DCMAKE_DISABLE_FIND_PACKAGE_Boost=ON)
