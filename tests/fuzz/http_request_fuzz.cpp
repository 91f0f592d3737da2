// A connection's bytes in one piece, and cut at a place of the fuzzer's choice: the same requests, the same
// verdict.
#include "check.hpp"
#include "tsg/http/parser.hpp"

namespace {

std::string run(std::string_view first, std::string_view second) {
  tsg::http::RequestLimits limits;
  limits.header_bytes_max = 600;
  limits.uri_bytes_max = 100;
  limits.body_bytes_max = 300;
  limits.fields_max = 12;
  limits.chunk_extension_bytes_max = 16;
  tsg::http::RequestParser parser{limits};
  std::string seen;
  for (auto piece : {first, second}) {
    for (;;) {
      auto const used = parser.feed(piece);
      if (!used) return seen + "!";
      check(*used <= piece.size());
      piece.remove_prefix(*used);
      if (parser.done()) {
        auto const& head = parser.head();
        check(!head.target.empty() && head.path.starts_with('/'));
        check(!(head.chunked && head.content_length));
        auto const body = parser.take_body();
        check(body.size() <= limits.body_bytes_max);
        if (head.content_length) check(body.size() == *head.content_length);
        seen.append(head.target).append("|").append(body).append("\n");
        parser.reset();
        if (piece.empty()) break;
      } else if (piece.empty() && *used == 0) {
        break;
      }
    }
  }
  return seen;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
  if (size < 2) return 0;
  auto const cut = (data[0] * 256u + data[1]) % (size - 1);
  auto const bytes = as_text(data + 2, size - 2);
  check(run(bytes, "") == run(bytes.substr(0, cut), bytes.substr(cut)));
  return 0;
}
