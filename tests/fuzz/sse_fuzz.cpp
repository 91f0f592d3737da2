// An event stream in one piece, and byte by byte: the same events.
#include "check.hpp"
#include "tsg/http/sse.hpp"

namespace {

std::string run(std::string_view bytes, std::size_t step) {
  tsg::http::SseSplitter splitter;
  std::string seen;
  for (std::size_t at = 0; at < bytes.size(); at += step) {
    check(splitter.feed(bytes.substr(at, step)));
    for (tsg::http::SseSplitter::Event e; splitter.next(e);)
      seen.append("<").append(e.name).append(">").append(e.data).append("\n");
  }
  return seen;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
  if (size == 0) return 0;
  auto const bytes = as_text(data + 1, size - 1);
  auto const whole = run(bytes, bytes.size() + 1);
  check(run(bytes, 1) == whole);
  check(run(bytes, data[0] % 32 + 1) == whole);
  return 0;
}
