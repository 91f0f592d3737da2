// A whole answer: the provider's bytes stay as they are; we find out what is where.
#include <map>

#include "providers/error_shape.hpp"
#include "providers/openai/adapter.hpp"
#include "providers/openai/mend.hpp"
#include "providers/openai_shape.hpp"
#include "tsg/json/writer.hpp"

namespace tsg::providers::openai {
namespace {

// Why a whole answer ended. One that does not say, is whole all the same: it came.
std::string_view reason_of_choice(RawNode const& message, std::string_view word) noexcept {
  auto const legal = finish_reason(word);
  if (!legal.empty()) return legal;
  if (auto const calls = message["tool_calls"]; is_array(calls) && calls.size() > 2) return "tool_calls";
  return is_object(message["function_call"]) ? "function_call" : "stop";
}

// The items of all choices, choice 0's text as it was written; finish reasons that strict clients would choke
// on made legal, and of a loose server all that is missing.
Result<> read_choices(RawNode const& root, json::Member const& list, DecodeContext const& context,
                      json::Edits& edits, Answer& answer) {
  auto const choices = root.child(list);
  if (choices.empty()) return broken_member("choices", "is empty");
  std::map<std::int64_t, WholeChoice> by_index;
  std::size_t place = 0;
  for (auto const& element : choices.members()) {
    auto const at = place++;
    auto const choice = choices.child(element);
    auto const* holder = choice.find("message");
    auto const message = holder ? choice.child(*holder) : RawNode{};
    if (message.empty()) return broken_member("choices[" + std::to_string(at) + "].message");
    auto const* reason = choice.find("finish_reason");
    auto const word = reason ? text_of(choice.raw(*reason)) : std::string{};
    auto const legal = reason_of_choice(message, word);
    if (!reason)
      edits.append_member(choice.text(), element.value, "finish_reason", json::quoted(legal));
    else if (legal != word)
      edits.replace(reason->value, json::quoted(legal));
    std::string content;
    if (context.loose) {
      if (!choice.find("index"))
        edits.append_member(choice.text(), element.value, "index", std::to_string(at));
      auto mended = mend_message(edits, message, holder->value, at, context.id, content);
      if (!mended) return mended;
    }
    auto const index = count_of(choice["index"]).value_or(0);
    auto const first = by_index.empty() || index == 0;
    by_index.insert_or_assign(index, items_of(choice, message, legal));
    if (!first) continue;
    if (auto const raw = message["content"]; is_string(raw)) answer.verbatim->content = raw;
    if (!content.empty()) answer.verbatim->content = std::move(content);
  }
  for (auto& [index, choice] : by_index) answer.choices.push_back(std::move(choice));
  return boost::system::in_place_value;
}

// Groq tells usage in a place of its own where OpenAI's is missing.
RawNode usage_node(RawNode const& root) {
  if (auto usage = root.child("usage"); !usage.empty()) return usage;
  return root.child("x_groq").child("usage");
}

// The rest of a loose server's answer.
Result<> mend_answer(RawNode const& root, json::Member const& list, DecodeContext const& context,
                     Flavour const& flavour, Answer const& answer, json::Edits& edits) {
  bool const chat = context.operation == Operation::chat;
  if (answer.usage.reported && is_object(root["usage"]) && !flavour.mend_usage)
    mend_counts(edits, root.child("usage"), context.operation);
  if (!chat) {
    if (!is_string(root["object"])) put_root_member(edits, root, "object", R"("list")");
    if (text_of(root["model"]).empty()) put_root_member(edits, root, "model", json::quoted(answer.model));
    return mend_embeddings(edits, root.child(list), context.base64_embeddings);
  }
  ChunkHead head;
  head.id = answer.upstream_id.empty() ? context.id : answer.upstream_id;
  head.model = answer.model;
  head.created = seconds_of(root["created"]).value_or(context.created);
  mend_root(edits, root, "chat.completion", head);
  return boost::system::in_place_value;
}

}  // namespace

catalog::Usage answer_usage(RawNode const& root, DecodeContext const& context, Flavour const& flavour) {
  catalog::Usage out;
  if (auto const usage = usage_node(root); !usage.empty())
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
  auto& shown = answer.verbatim.emplace();
  json::Edits edits;
  bool const chat = context.operation == Operation::chat;
  auto const* list = root.find(chat ? "choices" : "data");
  if (!list || !is_array(root.raw(*list))) return broken_member(chat ? "choices" : "data");
  if (chat) {
    shown.content = "\"\"";
    auto const read = read_choices(root, *list, context, edits, answer);
    if (!read) return read.error();
  }
  answer.model = name_of(root["model"]);
  if (answer.model.empty()) answer.model = context.asked_model;
  answer.upstream_id = name_of(root["id"]);
  answer.usage = answer_usage(root, context, flavour);
  if (auto const usage = root.child("usage"); flavour.mend_usage && answer.usage.reported)
    flavour.mend_usage(edits, usage);
  if (context.loose)
    if (auto mended = mend_answer(root, *list, context, flavour, answer, edits); !mended)
      return mended.error();

  edit_collisions(edits, root, answer.usage.reported);
  auto shaped = shape(root, edits);
  shown.body = std::move(shaped.body);
  shown.usage_end = shaped.usage_end;
  return answer;
}

}  // namespace tsg::providers::openai
