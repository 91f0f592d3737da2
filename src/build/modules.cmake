# tsg_pch(NAME HEADERS ... LIBS ...): a precompiled header and no code, for modules and tests that need just these.
# The heavy ones cost half a second or more in every file, wanted or not: hence more than one.
function(tsg_pch name)
  cmake_parse_arguments(P "" "" "HEADERS;LIBS" ${ARGN})
  file(CONFIGURE OUTPUT ${CMAKE_BINARY_DIR}/empty/${name}.cpp CONTENT "")
  add_library(${name} STATIC ${CMAKE_BINARY_DIR}/empty/${name}.cpp)
  target_link_libraries(${name} PRIVATE tsg_pch ${P_LIBS})
  target_precompile_headers(${name} PRIVATE ${P_HEADERS})
endfunction()

# tsg_module(NAME [PCH dom|json|all] DEPS ... LIBS ...): src/NAME/*.cpp becomes tsg_NAME; include/tsg/NAME is its
# public face.
function(tsg_module name)
  cmake_parse_arguments(M "" "PCH" "DEPS;LIBS" ${ARGN})
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/src/${name}/*.cpp)
  if(NOT sources)  # a folder that is still empty
    file(WRITE ${CMAKE_BINARY_DIR}/empty/${name}.cpp "")
    set(sources ${CMAKE_BINARY_DIR}/empty/${name}.cpp)
  endif()
  add_library(tsg_${name} STATIC ${sources})
  target_include_directories(tsg_${name} PUBLIC ${CMAKE_SOURCE_DIR}/include PRIVATE ${CMAKE_SOURCE_DIR}/src)
  list(TRANSFORM M_DEPS PREPEND tsg_)
  target_link_libraries(tsg_${name} PUBLIC ${M_DEPS} tsg_boost ${M_LIBS})
  set(pch tsg_pch)
  if(M_PCH)
    string(APPEND pch _${M_PCH})
  endif()
  target_precompile_headers(tsg_${name} REUSE_FROM ${pch})
endfunction()

# tsg_test(NAME DIR [PCH all] DEPS...): every *_test.cpp in tests/DIR, one executable, registered test by test.
function(tsg_test name dir)
  cmake_parse_arguments(T "" "PCH" "DEPS;LIBS" ${ARGN})
  file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/tests/${dir}/*_test.cpp)
  if(NOT sources)
    return()
  endif()
  add_executable(${name} ${sources})
  list(TRANSFORM T_DEPS PREPEND tsg_)
  target_include_directories(${name} PRIVATE ${CMAKE_SOURCE_DIR}/src ${CMAKE_SOURCE_DIR}/tests)
  target_link_libraries(${name} PRIVATE ${T_DEPS} ${T_LIBS} GTest::gtest GTest::gmock GTest::gtest_main)
  # The precompiled header was made with -fPIC: executables must not add -fPIE to it.
  set_target_properties(${name} PROPERTIES POSITION_INDEPENDENT_CODE OFF)
  target_compile_options(${name} PRIVATE -fPIC)
  set(pch tsg_test_pch)
  if(T_PCH)
    string(APPEND pch _${T_PCH})
  endif()
  target_precompile_headers(${name} REUSE_FROM ${pch})
  # Fixed folders beside a checkout; tests say "skipped" where they are absent.
  gtest_discover_tests(${name} TEST_PREFIX "${name}." DISCOVERY_TIMEOUT 60
    PROPERTIES TIMEOUT 300 SKIP_REGULAR_EXPRESSION "\\[  SKIPPED \\]")
endfunction()
