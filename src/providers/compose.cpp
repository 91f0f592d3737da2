#include "providers/compose.hpp"

#include <algorithm>

#include "providers/openai_shape.hpp"
#include "tsg/json/writer.hpp"

namespace tsg::providers {
namespace {

using conversation::is_call;

void write_calls(json::Writer& w, std::string& out, WholeChoice const& choice) {
  w.key("tool_calls").begin_array();
  for (auto const& item : choice.items) {
    if (!is_call(item)) continue;
    bool const custom = item.kind == ItemKind::custom_call;
    std::string_view const kind = custom ? "custom" : "function";
    w.begin_object().key("id").string(item.id).key("type").string(kind).key(kind).begin_object();
    w.key("name").string(item.name).key(custom ? "input" : "arguments").string(item.text).end_object();
    out += item.extra;
    w.end_object();
  }
  w.end_array();
}

// As it was before there were tools: one call, without id (§1.3).
void write_legacy_call(json::Writer& w, WholeChoice const& choice) {
  auto const call = std::ranges::find_if(choice.items, &is_call);
  w.key("function_call").begin_object();
  w.key("name").string(call->name).key("arguments").string(call->text).end_object();
}

void write_message(json::Writer& w, std::string& out, WholeChoice const& choice, bool legacy) {
  auto const calls = choice.calls();
  auto const refusal = choice.joined(ItemKind::refusal), thoughts = choice.thoughts();
  w.key("message").begin_object().key("role").string("assistant").key("content");
  if (!choice.has(ItemKind::text) && (calls || !refusal.empty()))
    w.null();
  else
    w.string(choice.joined(ItemKind::text));
  w.key("refusal");
  if (refusal.empty())
    w.null();
  else
    w.string(refusal);
  if (!thoughts.empty()) w.key("reasoning_content").string(thoughts);
  if (calls && legacy)
    write_legacy_call(w, choice);
  else if (calls)
    write_calls(w, out, choice);
  if (!choice.citations.empty()) {
    w.key("annotations").begin_array();
    for (auto const& one : choice.citations) w.raw(one);
    w.end_array();
  }
  out += choice.extra;
  w.end_object();
}

std::string_view finish_word(Stop stop, bool legacy) noexcept {
  return legacy && stop == Stop::calls ? "function_call" : finish_reason(stop);
}

}  // namespace

Shaped compose(DecodeContext const& context, Answer const& answer) {
  Shaped shaped;
  auto& out = shaped.body;
  json::Writer w{out};
  w.begin_object()
      .key("id")
      .string(answer.id.empty() ? context.id : answer.id)
      .key("object")
      .string("chat.completion");
  w.key("created")
      .integer(answer.created == 0 ? context.created : answer.created)
      .key("model")
      .string(answer.model)
      .key("choices")
      .begin_array();
  std::int64_t index = 0;
  for (auto const& choice : answer.choices) {
    w.begin_object().key("index").integer(index++);
    write_message(w, out, choice, context.legacy_functions);
    w.key("logprobs");
    if (choice.logprobs.empty())
      w.null();
    else
      w.raw(choice.logprobs);
    w.key("finish_reason").string(finish_word(choice.stop, context.legacy_functions)).end_object();
  }
  w.end_array();
  auto const& usage = answer.usage;
  if (!answer.service_tier.empty()) w.key("service_tier").string(answer.service_tier);
  if (usage.reported) {
    w.key("usage").raw(usage_object(usage, Operation::chat));
    shaped.usage_end = out.size() - 1;
  }
  out += answer.extra;
  w.end_object();
  return shaped;
}

Choice flat(WholeChoice const& whole) {
  Choice out;
  out.content = whole.joined(ItemKind::text);
  out.refusal = whole.joined(ItemKind::refusal);
  out.reasoning = whole.thoughts();
  for (auto const& item : whole.items)
    if (is_call(item)) {
      out.calls.emplace_back(item.id, item.name, item.text, item.extra);
      out.calls.back().custom = item.kind == ItemKind::custom_call;
    }
  out.annotations = whole.citations;
  out.extra = whole.extra;
  out.logprobs = whole.logprobs;
  return out;
}

WholeChoice whole(Choice&& flat) {
  WholeChoice out;
  if (!flat.reasoning.empty()) out.items.emplace_back(ItemKind::thought, std::move(flat.reasoning));
  if (!flat.content.empty()) out.items.emplace_back(ItemKind::text, std::move(flat.content));
  if (!flat.refusal.empty()) out.items.emplace_back(ItemKind::refusal, std::move(flat.refusal));
  for (auto& call : flat.calls) {
    out.items.push_back(whole_call(std::move(call.id), std::move(call.name), std::move(call.arguments),
                                   std::move(call.extra)));
    if (call.custom) out.items.back().kind = ItemKind::custom_call;
  }
  out.citations = std::move(flat.annotations);
  out.extra = std::move(flat.extra);
  out.logprobs = std::move(flat.logprobs);
  out.stop = stop_meant(flat.finish);
  return out;
}

std::string url_citation(std::string_view url, std::string_view title, std::int64_t start, std::int64_t end) {
  std::string out;
  json::Writer w{out};
  w.begin_object().key("type").string("url_citation").key("url_citation").begin_object();
  w.key("start_index").integer(start).key("end_index").integer(end);
  w.key("url").string(url).key("title").string(title).end_object().end_object();
  return out;
}

}  // namespace tsg::providers
