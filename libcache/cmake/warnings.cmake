# `sideline_warnings`: what every target of this project is compiled with. Link it PRIVATE and
# inside $<BUILD_INTERFACE:...>, so that nobody who uses our libraries inherits our taste.
include_guard(GLOBAL)

option(SIDELINE_WERROR "Warnings are errors" ${PROJECT_IS_TOP_LEVEL})

add_library(sideline_warnings INTERFACE)
target_compile_options(sideline_warnings INTERFACE
  -Wall -Wextra -Wshadow -Wconversion -Wsign-conversion -Wcast-qual -Wformat=2 -Wundef
  $<$<COMPILE_LANGUAGE:CXX>:-Wold-style-cast -Wnon-virtual-dtor -Woverloaded-virtual>
  $<$<COMPILE_LANGUAGE:C>:-pedantic -Wstrict-prototypes>
  # g++ 12 sees out-of-bounds copies in innocent std::string and std::vector expressions.
  $<$<CXX_COMPILER_ID:GNU>:-Wduplicated-cond -Wlogical-op
                           -Wno-array-bounds -Wno-restrict -Wno-stringop-overflow>
  $<$<CXX_COMPILER_ID:Clang>:-Wthread-safety>
  $<$<BOOL:${SIDELINE_WERROR}>:-Werror>)
