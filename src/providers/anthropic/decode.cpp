// A whole answer (§1.8, §3.4).
#include <utility>

#include "providers/anthropic/adapter.hpp"
#include "providers/anthropic/answer_parts.hpp"
#include "providers/anthropic/forced_call.hpp"
#include "providers/anthropic/turn_memory.hpp"
#include "providers/call_ids.hpp"
#include "providers/openai_shape.hpp"
#include "providers/whole.hpp"

namespace tsg::providers::anthropic {
namespace {

// Blocks of tools that ran at the provider are silent: their findings are in the text.
class Reader {
 public:
  void block(RawNode const& block, std::string_view raw) {
    auto const type = text_of(block["type"]);
    if (type == "text")
      text(block);
    else if (type == "thinking")
      thought(text_of(block["thinking"]), text_of(block["signature"]), raw);
    else if (type == "redacted_thinking")
      thought("", text_of(block["data"]), raw);
    else if (type == "tool_use")
      call(block);
  }
  // The text was the arguments of a call that could not be forced.
  void take_as(ForcedCall const& forced, std::string id) {
    auto const said = choice.joined(ItemKind::text);
    if (!forced.any || said.empty()) return;
    auto call = call_from(forced, said, std::move(id));
    if (!call) return;
    std::erase_if(choice.items, [](WholeItem const& item) { return item.kind == ItemKind::text; });
    choice.items.push_back(std::move(*call));
  }

  WholeChoice choice;
  TurnMemory memory;

 private:
  void text(RawNode const& block) {
    auto said = text_of(block["text"]);
    auto const begin = std::exchange(said_, said_ + characters(said));
    memory.text(said);
    auto const citations = block.child("citations");
    for (auto const& m : citations.members())
      if (auto cited = annotation_of(citations.child(m), begin, said_); !cited.empty())
        choice.citations.push_back(std::move(cited));
    if (!said.empty()) choice.items.emplace_back(ItemKind::text, std::move(said));
  }
  void thought(std::string text, std::string sealed, std::string_view raw) {
    choice.items.emplace_back(ItemKind::thought, std::move(text)).sealed = std::move(sealed);
    memory.opaque(std::string{raw});
  }
  void call(RawNode const& block) {
    auto const id = text_of(block["id"]);
    auto const input = block["input"];
    choice.items.push_back(
        whole_call(id, text_of(block["name"]), std::string{is_object(input) ? input : "{}"}));
    memory.call(id);
  }
  std::int64_t said_ = 0;  // characters of the text so far
};

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

  Reader reader;
  auto& choice = reader.choice;
  auto const content = root->child("content");
  for (auto const& m : content.members()) reader.block(content.child(m), content.raw(m));
  auto usage = answer_usage(*root);
  auto const stop = text_of((*root)["stop_reason"]);
  if (stop == "refusal" && !choice.has(ItemKind::text)) {
    choice.items.emplace_back(ItemKind::refusal, refusal_text(root->child("stop_details")));
    if (content.empty()) waive(usage);
  }
  reader.take_as(context.forced, CallIds{context.id}.next());
  choice.stop = stop_meant(stop_word(stop, choice.calls()));
  if (auto const blocks = reader.memory.blocks(); !blocks.empty())
    choice.extra = ",\"thinking_blocks\":" + blocks;
  auto const model = name_of((*root)["model"]);
  auto whole = whole_answer(context, std::move(choice), std::move(usage), model, name_of((*root)["id"]));
  whole.memos = reader.memory.memos(whole.model);
  return whole;
}

}  // namespace tsg::providers::anthropic
