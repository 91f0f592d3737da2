# tsg_embed(TARGET FILE SYMBOL): the file's bytes as `std::string_view tsg::embedded::SYMBOL()`.
function(tsg_embed target file symbol)
  set(out ${CMAKE_BINARY_DIR}/embedded/${symbol}.cpp)
  add_custom_command(
    OUTPUT ${out}
    COMMAND ${CMAKE_COMMAND} -DIN=${file} -DOUT=${out} -DSYMBOL=${symbol} -P ${CMAKE_SOURCE_DIR}/src/build/embed_file.cmake
    DEPENDS ${file} ${CMAKE_SOURCE_DIR}/src/build/embed_file.cmake)
  target_sources(${target} PRIVATE ${out})
  set_source_files_properties(${out} PROPERTIES SKIP_PRECOMPILE_HEADERS ON)
endfunction()
