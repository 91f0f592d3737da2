// A chat completion.
#include <algorithm>

#include "providers/openai_shape.hpp"
#include "tsg/json/writer.hpp"
#include "tsg/surfaces/composer.hpp"

namespace tsg::surfaces {
namespace chat {
namespace {

using conversation::Answer;
using conversation::Stop;
using conversation::WholeChoice;
using AnswerItem = conversation::Event::Item;

void write_calls(json::Writer& w, std::string& out, WholeChoice const& choice) {
  w.key("tool_calls").begin_array();
  for (auto const& item : choice.items) {
    if (!conversation::is_call(item)) continue;
    bool const custom = item.kind == AnswerItem::custom_call;
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
  auto const call = std::ranges::find_if(choice.items, &conversation::is_call);
  w.key("function_call").begin_object();
  w.key("name").string(call->name).key("arguments").string(call->text).end_object();
}

void write_message(json::Writer& w, std::string& out, WholeChoice const& choice, bool legacy) {
  auto const calls = choice.calls();
  auto const refusal = choice.joined(AnswerItem::refusal), thoughts = choice.thoughts();
  w.key("message").begin_object().key("role").string("assistant").key("content");
  if (!choice.has(AnswerItem::text) && (calls || !refusal.empty()))
    w.null();
  else
    w.string(choice.joined(AnswerItem::text));
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
  return legacy && stop == Stop::calls ? "function_call" : providers::finish_reason(stop);
}

// OpenAI's object, and where its usage ends.
providers::Shaped object_of(Answer const& answer, RenderContext const& context, catalog::Usage const& usage) {
  providers::Shaped shaped;
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
  if (!answer.service_tier.empty()) w.key("service_tier").string(answer.service_tier);
  if (usage.reported) {
    w.key("usage").raw(providers::usage_object(usage, conversation::Operation::chat));
    shaped.usage_end = out.size() - 1;
  }
  out += answer.extra;
  w.end_object();
  return shaped;
}

// Choice 0's text beside the choices: clients read it there without walking down.
std::string content_of(Answer const& answer) {
  auto said = answer.verbatim          ? answer.verbatim->content
              : answer.choices.empty() ? std::string{}
                                       : json::quoted(answer.choices.front().joined(AnswerItem::text));
  return said.empty() ? "\"\"" : said;
}

}  // namespace
}  // namespace chat

std::string compose_chat(conversation::Answer const& answer, RenderContext const& context,
                         Ending const& ending) {
  auto const show = [&](std::string_view body, std::size_t usage_end) {
    return providers::splice(body, usage_end, ending.usage, ending.usage_known, conversation::Operation::chat,
                             ",\"content\":" + chat::content_of(answer), ending.provider, ending.cost);
  };
  if (answer.verbatim) return show(answer.verbatim->body, answer.verbatim->usage_end);
  auto const made = chat::object_of(answer, context, ending.usage);
  return show(made.body, made.usage_end);
}

}  // namespace tsg::surfaces
