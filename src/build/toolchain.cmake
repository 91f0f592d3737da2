# Warnings, sanitizers, linker, compiler cache: everything about the compiler in one place.
# -pthread everywhere: one definition of _REENTRANT, or the precompiled header does not fit.
add_compile_options(-pthread)
add_compile_options(-Wall -Wextra -Wpedantic -Wshadow -Wnon-virtual-dtor -Werror -fno-omit-frame-pointer)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  # gcc 12 misfires on result<void, Error> under -fsanitize (style pitfall 27) and on std::string moves at -O2.
  add_compile_options(-Wno-maybe-uninitialized -Wno-restrict -Wno-stringop-overflow -Wno-array-bounds
                      -Wno-stringop-overread -Wno-dangling-pointer -Wno-tsan)
  # At -O2 it takes the inlined frame allocator of a coroutine for a plain new.
  add_compile_options($<$<CONFIG:Release>:-Wno-mismatched-new-delete>)
endif()

# A type of an anonymous namespace as a member is an error in a header; of files compiled together gcc thinks all as such.
if(TSG_UNITY AND CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  add_compile_options(-Wno-subobject-linkage)
endif()

# -fPIC is for the one precompiled header; nobody interposes functions of an executable.
add_compile_options($<$<CONFIG:Release>:-fno-semantic-interposition>)

if(TSG_SANITIZE)
  add_compile_options(-fsanitize=${TSG_SANITIZE} -fno-sanitize-recover=all)
  # A null or wild pointer that is used is AddressSanitizer's anyway; these two are a fifth of the build.
  if(TSG_SANITIZE MATCHES "address")
    add_compile_options(-fno-sanitize=null,pointer-overflow)
  endif()
  add_link_options(-fsanitize=${TSG_SANITIZE})
endif()

find_program(TSG_CCACHE ccache)
if(TSG_CCACHE AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CMAKE_COMMAND} -E env
      CCACHE_SLOPPINESS=pch_defines,time_macros,include_file_mtime,include_file_ctime CCACHE_PCH_EXTSUM=1 ${TSG_CCACHE})
  if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    add_compile_options(-fpch-preprocess)
  endif()
endif()
find_program(TSG_MOLD mold)
if(TSG_MOLD AND CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  add_link_options(-fuse-ld=mold)
endif()

# One configuration of Asio and Beast for every file: a mismatch corrupts the heap (asio#1635).
add_library(tsg_boost INTERFACE)
target_compile_definitions(tsg_boost INTERFACE
  BOOST_ASIO_SEPARATE_COMPILATION BOOST_BEAST_SEPARATE_COMPILATION BOOST_ASIO_NO_DEPRECATED
  BOOST_BEAST_USE_STD_STRING_VIEW BOOST_ASIO_DISABLE_BOOST_REGEX
  # Frames of coroutines by operator new: allocators are slower at aligned_alloc, and nothing here is over-aligned.
  BOOST_ASIO_DISABLE_STD_ALIGNED_ALLOC BOOST_ASIO_DISABLE_BOOST_ALIGN)
