// A dialect's decoder (TSG_DIALECT), fed with what no provider would send. Streams: any split gives the same
// bytes, what leaves is whole events, and there is no clean end unless the provider's terminator was said.
// Whole answers: an error, or an object that is JSON.
#include "check.hpp"
#include "tsg/json/document.hpp"
#include "tsg/providers/adapter.hpp"

namespace {

using namespace tsg::providers;

ProviderAdapter const& adapter() {
  static auto const* const found = adapter_for(TSG_DIALECT);
  return *found;
}

DecodeContext context() {
  DecodeContext c;
  c.wire = TSG_WIRE;
  c.id = "chatcmpl-1";
  c.asked_model = "m";
  c.include_usage = true;
  return c;
}

struct Run {
  std::string out, tail;
  bool ended = false, done = false;
  bool operator==(Run const&) const = default;
};

Run run(std::string_view wire, std::size_t step) {
  auto const decoder = adapter().stream_decoder(context());
  Run r;
  bool good = true;
  for (std::size_t at = 0; good && at < wire.size(); at += step) {
    good = static_cast<bool>(decoder->feed(wire.substr(at, step), r.out));
    check(r.out.empty() || (r.out.starts_with("data: ") && r.out.ends_with("\n\n")));
  }
  r.ended = good && decoder->finish(r.out);
  r.done = decoder->done();
  r.tail = decoder->tail("p", tsg::Nano{1});
  check(r.ended == r.done);
  check(r.tail.empty() == !r.done);
  check(decoder->output_bytes() >= 0);
  std::string more;
  check(good || (!decoder->feed(wire, more) && more.empty()));
  return r;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
  if (size == 0) return 0;
  auto const bytes = as_text(data + 1, size - 1);
  if (data[0] >= 0x80) {
    auto const answer = adapter().decode(bytes, context());
    if (answer) check(!!tsg::json::scan(finish_answer(*answer, Operation::chat, "p", tsg::Nano{1}), {}));
    return 0;
  }
  auto const whole = run(bytes, bytes.size() + 1);
  check(run(bytes, 1) == whole);
  check(run(bytes, data[0] % 32 + 1) == whole);
  // An escape can spell the terminator in other letters.
  if (whole.done && bytes.find('\\') == std::string_view::npos)
    check(bytes.find(TSG_TERMINATOR) != std::string_view::npos);
  return 0;
}
