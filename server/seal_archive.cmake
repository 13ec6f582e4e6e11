# Makes one object of ARCHIVE, which shows libcache::Door and nothing else. So what is installed has
# none of the bytecode of link-time optimisation, which only one version of the compiler reads, and
# its Boost.Asio is its own: a service may use another.
cmake_path(REPLACE_EXTENSION ARCHIVE o OUTPUT_VARIABLE object)
execute_process(
  COMMAND ${COMPILER} ${FLAGS} -r -nostdlib -Wl,--force-group-allocation -o ${object}
          -Wl,--whole-archive ${ARCHIVE}
  COMMAND_ERROR_IS_FATAL ANY)
execute_process(
  COMMAND ${OBJCOPY} --wildcard --keep-global-symbol=_ZN8libcache4Door[CD]*
          --keep-global-symbol=_ZNK8libcache4Door* ${object}
  COMMAND_ERROR_IS_FATAL ANY)
file(REMOVE ${ARCHIVE})
execute_process(COMMAND ${AR} qcs ${ARCHIVE} ${object} COMMAND_ERROR_IS_FATAL ANY)
file(REMOVE ${object})
