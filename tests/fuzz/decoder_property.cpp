#include <map>

#include "fuzz/check.hpp"
#include "fuzz/properties.hpp"
#include "providers/raw_json.hpp"
#include "support/chat_bytes.hpp"

namespace tsg::fuzz {
namespace {

using namespace providers;

DecodeContext context_for(Decoder const& decoder, unsigned choice) {
  DecodeContext c;
  c.wire = decoder.wire;
  c.id = "chatcmpl-1";
  c.asked_model = "m";
  c.include_usage = (choice & 0x20) == 0;
  c.legacy_functions = (choice & 0x40) != 0;
  return c;
}

struct Run {
  std::string out, tail;
  bool ended = false, done = false;
  bool operator==(Run const&) const = default;
};

Run run(Decoder const& target, DecodeContext const& context, std::string_view wire, std::size_t step) {
  auto const decoder = chat_bytes(*adapter_for(target.dialect), context);
  Run r;
  bool good = true;
  for (std::size_t at = 0; good && at < wire.size(); at += step) {
    good = static_cast<bool>(decoder->feed(wire.substr(at, step), r.out));
    check(r.out.empty() || (r.out.starts_with("data: ") && r.out.ends_with("\n\n")));
  }
  r.ended = good && decoder->finish(r.out);
  r.done = decoder->done();
  r.tail = decoder->tail("p", Nano{1});
  check(r.ended == r.done);
  check(r.tail.empty() == !r.done);
  check(decoder->output_bytes() >= 0);
  std::string more;
  check(good || (!decoder->feed(wire, more) && more.empty()));
  return r;
}

// The first choice of an event, and whether it ends it.
void check_event(std::string_view event, std::map<std::int64_t, bool>& ended) {
  auto const root = RawNode::parse(event);
  check(!!root);
  auto const choices = root->child("choices");
  for (auto const& element : choices.members()) {
    auto const choice = choices.child(element);
    auto const index = count_of(choice["index"]).value_or(0);
    check(!ended[index]);  // nothing comes after the end
    ended[index] = is_string(choice["finish_reason"]);
  }
}

void check_events(Run const& r) {
  std::map<std::int64_t, bool> ended;
  for (std::string_view rest = r.out; !rest.empty();) {
    auto const end = rest.find("\n\n");
    check_event(rest.substr(6, end - 6), ended);
    rest.remove_prefix(end + 2);
  }
  for (auto const& [choice, over] : ended) check(over || !r.done);
}

}  // namespace

Decoder const& decoder_named(std::string_view name) {
  for (auto const& one : kDecoders)
    if (one.name == name) return one;
  std::abort();
}

void decoder_property(Decoder const& decoder, std::string_view input) {
  if (input.empty()) return;
  auto const choice = static_cast<unsigned char>(input.front());
  auto const bytes = input.substr(1);
  auto const context = context_for(decoder, choice);
  auto const& adapter = *adapter_for(decoder.dialect);
  if (choice >= 0xc0) {
    auto const error = adapter.decode_error(400 + (choice & 0x3f) * 4, bytes,
                                            [](std::string_view) { return std::string_view{}; });
    check(error.message().size() <= 2100);
    return;
  }
  if (choice >= 0x80) {
    auto const answer = adapter.decode(bytes, context);
    if (answer) check(!!json::scan(finish_answer(*answer, context, "p", Nano{1}), {}));
    return;
  }
  auto const whole = run(decoder, context, bytes, bytes.size() + 1);
  check(run(decoder, context, bytes, 1) == whole);
  check(run(decoder, context, bytes, choice % 32 + 1) == whole);
  check_events(whole);
  // An escape can spell the terminator in other letters.
  if (whole.done && bytes.find('\\') == std::string_view::npos)
    check(bytes.find(decoder.terminator) != std::string_view::npos);
}

}  // namespace tsg::fuzz
