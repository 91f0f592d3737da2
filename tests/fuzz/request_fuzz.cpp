// What a client may send, and what each dialect makes of it.
#include "fuzz/check.hpp"
#include "fuzz/properties.hpp"

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
  tsg::fuzz::request_property(as_text(data, size));
  return 0;
}
