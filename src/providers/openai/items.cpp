// What a choice of the dialect's own says, as items: its bytes have no order of them, so thoughts come first
// and calls last.
#include "providers/openai/mend.hpp"
#include "providers/openai_shape.hpp"

namespace tsg::providers::openai {
namespace {

void add_call(RawNode const& call, WholeChoice& to) {
  bool const custom = is_object(call["custom"]);
  auto const body = call.child(custom ? "custom" : "function");
  auto const& from = body.empty() ? call : body;  // loose servers write it flat
  auto const raw = from[custom ? "input" : "arguments"];
  auto text = is_object(raw) ? std::string{raw} : text_of(raw);
  auto& item = to.items.emplace_back(whole_call(text_of(call["id"]), text_of(from["name"]), std::move(text)));
  if (custom) item.kind = ItemKind::custom_call;
}

void add_text(WholeChoice& to, ItemKind kind, std::string text) {
  if (!text.empty()) to.items.emplace_back(kind, std::move(text));
}

}  // namespace

WholeChoice items_of(RawNode const& choice, RawNode const& message, std::string_view reason) {
  WholeChoice out;
  out.stop = stop_meant(reason);
  if (auto const raw = choice["logprobs"]; is_object(raw)) out.logprobs = raw;
  auto thoughts = message["reasoning_content"];
  if (!is_string(thoughts)) thoughts = message["reasoning"];
  auto const content = message["content"];
  if (auto const parts = is_array(content) ? read_content_parts(message.child("content"), "content")
                                           : Result<ContentParts>{ContentParts{}}) {
    add_text(out, ItemKind::thought, is_string(thoughts) ? text_of(thoughts) : parts->thinking);
    add_text(out, ItemKind::text, is_string(content) ? text_of(content) : parts->text);
  }
  add_text(out, ItemKind::refusal, text_of(message["refusal"]));
  add_text(out, ItemKind::audio, text_of(message.child("audio")["transcript"]));
  auto const annotations = message.child("annotations");
  if (is_array(message["annotations"]))
    for (auto const& one : annotations.members()) out.citations.emplace_back(annotations.raw(one));
  auto const calls = message.child("tool_calls");
  if (is_array(message["tool_calls"]))
    for (auto const& one : calls.members()) add_call(calls.child(one), out);
  if (is_object(message["function_call"])) add_call(message.child("function_call"), out);
  return out;
}

}  // namespace tsg::providers::openai
