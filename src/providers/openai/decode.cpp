// A whole answer: the provider's bytes stay as they are; we find out what is where.
#include "providers/error_shape.hpp"
#include "providers/openai/adapter.hpp"
#include "providers/openai_shape.hpp"
#include "tsg/json/writer.hpp"

namespace tsg::providers::openai {
namespace {

// Choice 0's text as it was written, its finish reason; and finish reasons that strict clients would choke
// on made legal.
Result<> read_choices(RawNode const& root, json::Member const& list, json::Edits& edits, Answer& answer) {
  auto const choices = root.child(list);
  if (choices.empty()) return broken_answer("an answer without choices");
  bool first = true;
  for (auto const& element : choices.members()) {
    auto const choice = choices.child(element);
    auto const message = choice.child("message");
    if (message.empty()) return broken_answer("a choice without a message");
    auto const* reason = choice.find("finish_reason");
    auto const word = reason ? text_of(choice.raw(*reason)) : std::string{};
    if (word.empty()) return broken_answer("a choice without a finish_reason");
    auto const legal = finish_reason(word);
    if (legal != word) edits.replace(reason->value, json::quoted(legal));
    auto const index = count_of(choice["index"]).value_or(0);
    if (!first && index != 0) continue;
    first = false;
    answer.finish_reason = legal;
    if (auto const content = message["content"]; is_string(content)) answer.content_json = content;
  }
  return boost::system::in_place_value;
}

}  // namespace

catalog::Usage answer_usage(RawNode const& root, DecodeContext const& context, Flavour const& flavour) {
  catalog::Usage out;
  if (auto const usage = root.child("usage"); !usage.empty())
    out = context.operation == Operation::chat ? flavour.usage(usage) : read_embeddings_usage(usage);
  out.search_context = paid_context(context);
  out.requests = out.search_context.empty() ? 0 : 1;
  out.service_tier = read_tier(root["service_tier"]);
  return out;
}

Result<Answer> decode_answer(std::string_view body, DecodeContext const& context, Flavour flavour) {
  auto parsed = RawNode::parse(body);
  if (!parsed) return broken_answer(parsed.error().message());
  auto const& root = *parsed;
  if (auto error = error_inside(root, flavour.refine)) return *error;

  Answer answer;
  json::Edits edits;
  bool const chat = context.operation == Operation::chat;
  auto const* list = root.find(chat ? "choices" : "data");
  if (!list || !is_array(root.raw(*list)))
    return broken_answer(chat ? "an answer without choices" : "an answer without data");
  if (chat) {
    answer.content_json = "\"\"";
    auto const read = read_choices(root, *list, edits, answer);
    if (!read) return read.error();
  }
  answer.model = text_of(root["model"]);
  if (answer.model.empty()) answer.model = context.asked_model;
  answer.upstream_id = text_of(root["id"]);
  answer.usage = answer_usage(root, context, flavour);
  if (auto const usage = root.child("usage"); flavour.mend_usage && answer.usage.reported)
    flavour.mend_usage(edits, usage);

  edit_collisions(edits, root, answer.usage.reported);
  auto shaped = shape(root, edits);
  answer.body = std::move(shaped.body);
  answer.usage_end = shaped.usage_end;
  return answer;
}

}  // namespace tsg::providers::openai
