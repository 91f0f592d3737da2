#include "providers/compose.hpp"

#include <algorithm>

#include "providers/openai_shape.hpp"
#include "providers/stop_window.hpp"
#include "providers/tool_names.hpp"
#include "tsg/json/writer.hpp"

namespace tsg::providers {
namespace {

void write_calls(json::Writer& w, std::string& out, std::vector<ComposedCall> const& calls,
                 NameMap const& renamed) {
  w.key("tool_calls").begin_array();
  for (auto const& call : calls) {
    std::string_view const kind = call.custom ? "custom" : "function";
    w.begin_object().key("id").string(call.id).key("type").string(kind).key(kind).begin_object();
    w.key("name")
        .string(own_name(renamed, call.name))
        .key(call.custom ? "input" : "arguments")
        .string(call.arguments)
        .end_object();
    out += call.extra;
    w.end_object();
  }
  w.end_array();
}

// As it was before there were tools: one call, without id (§1.3).
void write_legacy_call(json::Writer& w, ComposedCall const& call, NameMap const& renamed) {
  w.key("function_call").begin_object();
  w.key("name").string(own_name(renamed, call.name)).key("arguments").string(call.arguments).end_object();
}

void write_message(json::Writer& w, std::string& out, Choice const& choice, DecodeContext const& context) {
  w.key("message").begin_object().key("role").string("assistant").key("content");
  if (choice.content.empty() && (!choice.calls.empty() || !choice.refusal.empty()))
    w.null();
  else
    w.string(choice.content);
  w.key("refusal");
  if (choice.refusal.empty())
    w.null();
  else
    w.string(choice.refusal);
  if (!choice.reasoning.empty()) w.key("reasoning_content").string(choice.reasoning);
  if (!choice.calls.empty() && context.legacy_functions)
    write_legacy_call(w, choice.calls.front(), context.renamed);
  else if (!choice.calls.empty())
    write_calls(w, out, choice.calls, context.renamed);
  if (!choice.annotations.empty()) {
    w.key("annotations").begin_array();
    for (auto const& a : choice.annotations) w.raw(a);
    w.end_array();
  }
  out += choice.extra;
  w.end_object();
}

// The answer ends before the first of the sequences: nothing that came behind it is part of it.
void end_before(Choice& choice, std::vector<std::string> const& stops) {
  StopWindow window{stops};
  auto text = window.feed(choice.content);
  if (!window.hit()) return;
  choice.content = std::move(text);
  choice.calls.clear();
  choice.refusal.clear();
  choice.logprobs.clear();
  choice.finish = "stop";
  auto const length = std::ranges::count_if(
      choice.content, [](char c) { return (static_cast<unsigned char>(c) & 0xc0) != 0x80; });
  std::erase_if(choice.annotations, [&](std::string const& raw) {
    auto const node = RawNode::parse(raw);
    return !node || count_of(node->child("url_citation")["end_index"]).value_or(0) > length;
  });
}

std::string_view finish_of(Choice const& choice, bool legacy) noexcept {
  auto const known = finish_reason(choice.finish);
  if (legacy && known == "tool_calls") return "function_call";
  return known.empty() ? "stop" : known;
}

}  // namespace

Answer compose(DecodeContext const& context, std::span<Choice const> choices, catalog::Usage usage,
               std::string model, std::string upstream_id, std::string_view extra) {
  Answer a;
  std::vector<Choice> ended;
  if (!context.stops.empty()) {
    ended.assign(choices.begin(), choices.end());
    for (auto& choice : ended) end_before(choice, context.stops);
    choices = ended;
  }
  if (model.empty()) model = context.asked_model;
  a.model = std::move(model);
  a.upstream_id = std::move(upstream_id);
  a.content_json = "\"\"";
  if (!choices.empty()) {
    a.finish_reason = finish_of(choices.front(), context.legacy_functions);
    a.content_json = json::quoted(choices.front().content);
  }
  auto& out = a.body;
  json::Writer w{out};
  w.begin_object().key("id").string(context.id).key("object").string("chat.completion");
  w.key("created").integer(context.created).key("model").string(a.model).key("choices").begin_array();
  std::int64_t index = 0;
  for (auto const& choice : choices) {
    w.begin_object().key("index").integer(index++);
    write_message(w, out, choice, context);
    w.key("logprobs");
    if (choice.logprobs.empty())
      w.null();
    else
      w.raw(choice.logprobs);
    w.key("finish_reason").string(finish_of(choice, context.legacy_functions)).end_object();
  }
  w.end_array();
  if (!usage.service_tier.empty()) w.key("service_tier").string(usage.service_tier);
  if (usage.reported) {
    w.key("usage").raw(usage_object(usage, Operation::chat));
    a.usage_end = out.size() - 1;
  }
  out += extra;
  w.end_object();
  a.usage = std::move(usage);
  return a;
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
