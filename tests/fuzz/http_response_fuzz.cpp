// A provider's bytes in one piece and cut once: the same body, the same verdict.
#include "check.hpp"
#include "tsg/http/parser.hpp"

namespace {

std::string run(std::string_view first, std::string_view second) {
  tsg::http::ResponseParser::Limits limits;
  limits.header_bytes_max = 600;
  tsg::http::ResponseParser parser{limits};
  std::string body;
  for (auto piece : {first, second}) {
    if (parser.done()) break;
    auto const used = parser.feed(piece, body);
    if (!used) return "!";  // what was decoded before the fault may depend on the cut
    check(*used <= piece.size());
    check(*used == piece.size() || parser.done());
  }
  auto const status = std::to_string(parser.status());
  auto const end = parser.done()         ? parser.keep_alive() ? " kept" : " done"
                   : parser.finish_eof() ? " eof"
                                         : " cut";
  return status + end + body;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
  if (size < 2) return 0;
  auto const cut = (data[0] * 256u + data[1]) % (size - 1);
  auto const bytes = as_text(data + 2, size - 2);
  check(run(bytes, "") == run(bytes.substr(0, cut), bytes.substr(cut)));
  return 0;
}
