// A whole answer (§1.8, §3.4).
#include <utility>

#include "providers/anthropic/adapter.hpp"
#include "providers/anthropic/answer_parts.hpp"
#include "providers/anthropic/forced_call.hpp"
#include "providers/anthropic/turn_memory.hpp"
#include "providers/call_ids.hpp"
#include "providers/compose.hpp"

namespace tsg::providers::anthropic {
namespace {

// Blocks of tools that ran at the provider are silent: their findings are in the text.
// `said`: characters of the content so far.
void read_block(RawNode const& block, std::string_view raw, Choice& choice, TurnMemory& memory,
                std::int64_t& said) {
  auto const type = text_of(block["type"]);
  if (type == "text") {
    auto const text = text_of(block["text"]);
    auto const begin = std::exchange(said, said + characters(text));
    choice.content += text;
    memory.text(text);
    auto const citations = block.child("citations");
    for (auto const& m : citations.members())
      if (auto a = annotation_of(citations.child(m), begin, said); !a.empty())
        choice.annotations.push_back(std::move(a));
  } else if (type == "thinking" || type == "redacted_thinking") {
    choice.reasoning += text_of(block["thinking"]);
    memory.opaque(std::string{raw});
  } else if (type == "tool_use") {
    auto const id = text_of(block["id"]);
    auto const input = block["input"];
    choice.calls.emplace_back(id, text_of(block["name"]), std::string{is_object(input) ? input : "{}"});
    memory.call(id);
  }
}

}  // namespace

catalog::Usage answer_usage(RawNode const& root) {
  UsageBook book;
  book.told(root.child("usage"));
  return book.usage(name_of(root["model"]));
}

Result<Answer> decode_answer(std::string_view body, DecodeContext const& context) {
  auto const root = RawNode::parse(body);
  if (!root) return broken_answer(root.error().message());
  if (auto error = error_inside(*root, &refine)) return *error;
  if (!is_array((*root)["content"])) return broken_answer("a message without content");

  Choice choice;
  TurnMemory memory;
  auto const content = root->child("content");
  std::int64_t said = 0;
  for (auto const& m : content.members()) read_block(content.child(m), content.raw(m), choice, memory, said);
  auto usage = answer_usage(*root);
  auto const stop = text_of((*root)["stop_reason"]);
  if (stop == "refusal" && choice.content.empty()) {
    choice.refusal = refusal_text(root->child("stop_details"));
    if (content.empty()) waive(usage);
  }
  if (context.forced.any && !choice.content.empty())
    if (auto call = call_from(context.forced, choice.content, CallIds{context.id}.next())) {
      choice.calls.push_back(std::move(*call));
      choice.content.clear();
    }
  choice.finish = stop_word(stop, !choice.calls.empty());
  if (auto const blocks = memory.blocks(); !blocks.empty()) choice.extra = ",\"thinking_blocks\":" + blocks;
  auto const model = name_of((*root)["model"]);
  auto answer = compose(context, {&choice, 1}, std::move(usage), model, name_of((*root)["id"]));
  answer.memos = memory.memos(model.empty() ? context.asked_model : model);
  return answer;
}

}  // namespace tsg::providers::anthropic
