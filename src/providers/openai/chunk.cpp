#include "providers/openai/chunk.hpp"

#include "providers/error_shape.hpp"
#include "providers/openai_shape.hpp"
#include "tsg/json/writer.hpp"

namespace tsg::providers::openai {
namespace {

std::int64_t call_bytes(RawNode const& call) {
  std::int64_t n = 0;
  for (auto const* kind : {"function", "custom"}) {
    auto const body = call.child(kind);
    for (auto const* text : {"name", "arguments", "input"}) n += text_size(body[text]);
  }
  return n;
}

// Role-only deltas, empty texts and nulls are no payload.
void read_delta(RawNode const& delta, ChoiceBook::Seen& seen, bool& payload) {
  for (auto const& m : delta.members()) {
    auto const raw = delta.raw(m);
    std::int64_t bytes = 0;
    bool any = false;
    if (m.key == "content" || m.key == "refusal" || m.key == "reasoning_content" || m.key == "reasoning") {
      bytes = text_size(raw);
      any = bytes > 0 || (is_array(raw) && raw.size() > 2);
    } else if (m.key == "tool_calls") {
      auto const calls = delta.child(m);
      any = !calls.empty();
      for (auto const& call : calls.members()) bytes += call_bytes(calls.child(call));
    } else if (m.key == "function_call" || m.key == "audio") {
      auto const body = delta.child(m);
      any = !body.empty();
      for (auto const* text : {"name", "arguments", "data", "transcript"}) bytes += text_size(body[text]);
    }
    seen.output_bytes += bytes;
    payload |= any;
  }
}

}  // namespace

Result<> ChoiceBook::read_choice(RawNode const& choice, json::Span span, json::Edits& edits, Seen& seen) {
  auto const* at = choice.find("index");
  auto const index = at ? count_of(choice.raw(*at)) : std::optional<std::int64_t>{0};
  if (choice.empty() || !index || *index >= static_cast<std::int64_t>(choices_max))
    return broken_answer("a chunk with a choice that is none");
  auto const i = static_cast<std::size_t>(*index);
  begun_.set(i);

  bool payload = false;
  read_delta(choice.child("delta"), seen, payload);
  if (payload && ended_.test(i)) return broken_answer("content after the finish_reason of its choice");
  seen.payload |= payload;
  seen.redundant = seen.redundant && ended_.test(i);

  auto const* reason = choice.find("finish_reason");
  if (!reason)
    edits.append_member(choice.text(), span, "finish_reason", "null");  // strict clients want the key
  if (!reason || is_null(choice.raw(*reason))) return boost::system::in_place_value;
  auto const word = text_of(choice.raw(*reason));
  auto const legal = finish_reason(word);
  if (legal.empty() || ended_.test(i)) {
    edits.replace(reason->value, "null");
    return boost::system::in_place_value;
  }
  if (legal != word) edits.replace(reason->value, json::quoted(legal));
  ended_.set(i);
  seen.ends = true;
  return boost::system::in_place_value;
}

Result<ChoiceBook::Seen> ChoiceBook::read(RawNode const& choices, json::Edits& edits) {
  Seen seen;
  for (auto const& element : choices.members()) {
    auto const read = read_choice(choices.child(element), element.value, edits, seen);
    if (!read) return read.error();
  }
  seen.goes_on = choices.members().size() > 1 && !complete();
  return seen;
}

}  // namespace tsg::providers::openai
