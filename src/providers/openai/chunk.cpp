#include "providers/openai/chunk.hpp"

#include "providers/error_shape.hpp"
#include "providers/openai_shape.hpp"
#include "tsg/json/writer.hpp"

namespace tsg::providers::openai {
namespace {

std::int64_t argument_bytes(std::string_view raw) noexcept {
  return is_object(raw) ? static_cast<std::int64_t>(raw.size()) : text_size(raw);
}

std::int64_t call_bytes(RawNode const& call) {
  std::int64_t n = 0;
  for (auto const* kind : {"function", "custom"}) {
    auto const body = call.child(kind);
    n += text_size(body["name"]) + argument_bytes(body["arguments"]) + text_size(body["input"]);
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
      for (auto const* text : {"name", "data", "transcript"}) bytes += text_size(body[text]);
      bytes += argument_bytes(body["arguments"]);
    }
    seen.output_bytes += bytes;
    payload |= any;
  }
}

// A list of parts becomes the strings a client knows.
Result<> mend_content(RawNode const& delta, json::Span span, std::string const& path, json::Edits& edits,
                      ChoiceBook::Seen& seen) {
  auto const* said = delta.find("content");
  auto const raw = said ? delta.raw(*said) : std::string_view{};
  if (raw.empty() || is_string(raw) || is_null(raw)) return boost::system::in_place_value;
  if (!is_array(raw)) return broken_member(path + ".content");
  auto const parts = read_content_parts(delta.child(*said), path + ".content");
  if (!parts) return parts.error();
  edits.replace(said->value, json::quoted(parts->text));
  seen.output_bytes += static_cast<std::int64_t>(parts->text.size() + parts->thinking.size());
  if (!parts->thinking.empty() && !delta.find("reasoning_content"))
    edits.append_member(delta.text(), span, "reasoning_content", json::quoted(parts->thinking));
  return boost::system::in_place_value;
}

Result<> mend_delta(RawNode const& delta, json::Member const& m, std::int64_t choice, json::Edits& edits,
                    CallBook& calls, ChoiceBook::Seen& seen) {
  auto const path = "choices[" + std::to_string(choice) + "].delta";
  if (auto mended = mend_content(delta, m.value, path, edits, seen); !mended) return mended;
  if (auto const* legacy = delta.find("function_call"); legacy && is_object(delta.raw(*legacy))) {
    auto const call = delta.child(*legacy);
    if (auto const* arguments = call.find("arguments"); arguments && is_object(call.raw(*arguments)))
      edits.replace(arguments->value, arguments_string(call.raw(*arguments)));
  }
  auto const* list = delta.find("tool_calls");
  if (!list || is_null(delta.raw(*list))) return boost::system::in_place_value;
  if (!is_array(delta.raw(*list))) return broken_member(path + ".tool_calls");
  return calls.read(delta.child(*list), choice, path + ".tool_calls", edits);
}

}  // namespace

struct ChoiceBook::Looked {
  RawNode const& choice;
  json::Span span;
  std::size_t place;
  std::int64_t index = 0;
  RawNode delta;  // or the message that stands for it
};

Result<> ChoiceBook::read_choice(Looked& looked, json::Edits& edits, CallBook* calls, Seen& seen) {
  auto const& choice = looked.choice;
  auto const span = looked.span;
  auto const place = looked.place;
  auto const* at = choice.find("index");
  auto const index = at ? count_of(choice.raw(*at)) : std::optional{static_cast<std::int64_t>(place)};
  if (choice.empty() || !index || *index >= static_cast<std::int64_t>(choices_max))
    return broken_member("choices[" + std::to_string(place) + "]");
  auto const i = static_cast<std::size_t>(*index);
  looked.index = *index;
  begun_.set(i);
  if (calls && !at) edits.append_member(choice.text(), span, "index", std::to_string(*index));

  bool payload = false;
  auto const* holder = choice.find("delta");
  if (calls && (!holder || !is_object(choice.raw(*holder)))) {
    // Azure's filter results come beside no delta; other servers give each piece as a message.
    auto const* message = holder ? nullptr : choice.find("message");
    if (message && is_object(choice.raw(*message)))
      edits.replace((holder = message)->key_span, "\"delta\"");
    else if (holder)
      edits.replace(holder->value, "{}");
    else
      edits.append_member(choice.text(), span, "delta", "{}");
  }
  if (holder) {
    looked.delta = choice.child(*holder);
    auto const& delta = looked.delta;
    read_delta(delta, seen, payload);
    if (calls && is_object(choice.raw(*holder)))
      if (auto mended = mend_delta(delta, *holder, *index, edits, *calls, seen); !mended) return mended;
  }
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
  seen.ended.push_back(*index);
  return boost::system::in_place_value;
}

Result<ChoiceBook::Seen> ChoiceBook::read(RawNode const& choices, json::Edits& edits, CallBook* calls,
                                          ChunkEvents* events) {
  Seen seen;
  std::size_t place = 0;
  auto const before = edits.count();
  for (auto const& element : choices.members()) {
    auto const choice = choices.child(element);
    Looked looked{choice, element.value, place++, 0, {}};
    auto const read = read_choice(looked, edits, calls, seen);
    if (!read) return read.error();
    seen.described = events != nullptr && choices.members().size() == 1 && edits.count() == before;
    if (seen.described && !seen.redundant) events->choice(choice, looked.delta, looked.index);
  }
  seen.goes_on = choices.members().size() > 1 && !complete();
  return seen;
}

}  // namespace tsg::providers::openai
