// The decoder TSG_DECODER, fed with what no provider would send.
#include "fuzz/check.hpp"
#include "fuzz/properties.hpp"

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
  static auto const& decoder = tsg::fuzz::decoder_named(TSG_DECODER);
  tsg::fuzz::decoder_property(decoder, as_text(data, size));
  return 0;
}
