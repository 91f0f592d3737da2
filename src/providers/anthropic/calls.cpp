#include "providers/anthropic/calls.hpp"

#include <algorithm>

#include "providers/anthropic/blocks.hpp"
#include "providers/judge.hpp"
#include "providers/raw_json.hpp"
#include "providers/read_fields.hpp"
#include "tsg/core/bytes.hpp"
#include "tsg/core/crypto.hpp"
#include "tsg/json/writer.hpp"

namespace tsg::providers::anthropic {
namespace {

bool legal(char c) noexcept {
  return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '_' || c == '-';
}

// Arguments are text that some model wrote; the input must be a JSON object (§3.2). Its bytes stay.
Result<std::string> input_of(ToolCall const& call) {
  auto text = text_of(call.arguments);
  if (text.find_first_not_of(" \n\r\t") == std::string::npos) return std::string{"{}"};
  auto const scanned = json::scan(text, {});
  if (scanned && scanned->root_is_object) return text;
  return wrong(call.at + ".function.arguments", "must be a JSON object: Anthropic takes no other");
}

}  // namespace

std::string ToolIds::call(std::string const& id) {
  std::string name = id;
  std::ranges::replace_if(
      name, [](char c) { return !legal(c); }, '_');
  if (name != id || name.empty()) {
    auto const digest = crypto::sha256(as_bytes(id));
    name += "_" + to_hex(std::span{digest}.first(6));  // two foreign ids stay two
  }
  if (used_.insert(name).second) return name;
  // Counted on, not from the start: each name that is in the way is met once.
  auto& n = next_.try_emplace(name, 2).first->second;
  for (;;)
    if (auto unique = name + "_" + std::to_string(n++); used_.insert(unique).second) return unique;
}

Result<std::string> ToolCalls::ask(ToolCall const& call) {
  if (call.custom) return unsupported(call.at, "is a call of a custom tool, which Anthropic does not have");
  auto const input = input_of(call);
  if (!input) return input.error();
  open_.emplace(call.id, pending_.size());
  pending_.emplace_back(ids_.call(call.id));
  std::string out;
  json::Writer w{out};
  w.begin_object().key("type").string("tool_use").key("id").string(pending_.back().wire_id);
  w.key("name").string(names_.out(call.name)).key("input").raw(*input);
  if (auto const cached = cache_control_of(call.raw); !cached.empty()) w.key("cache_control").raw(cached);
  w.end_object();
  return out;
}

Result<> ToolCalls::answer(Message const& m, std::vector<std::string>& dropped) {
  auto const open = open_.lower_bound(m.tool_call_id);  // of equal ids the first that was made
  if (open == open_.end() || open->first != m.tool_call_id)
    return wrong(m.at, "answers no call of the message before it ('tool_call_id')");
  auto& call = pending_[open->second];
  std::vector<std::string> content;
  for (auto const& part : m.parts) {
    auto block = block_of(part, dropped);
    if (!block) return block.error();
    if (!block->empty()) content.push_back(std::move(*block));
  }
  json::Writer w{call.block};
  w.begin_object().key("type").string("tool_result").key("tool_use_id").string(call.wire_id);
  if (content.size() == 1 && m.parts.size() == 1 && m.parts.front().raw.empty()) {
    w.key("content").raw(m.parts.front().value);
  } else if (!content.empty()) {
    w.key("content").begin_array();
    for (auto const& block : content) w.raw(block);
    w.end_array();
  }
  w.end_object();
  cache_as_asked(m.raw, call.block);
  open_.erase(open);
  return boost::system::in_place_value;
}

Result<std::vector<std::string>> ToolCalls::take_results(std::string const& at) {
  std::vector<std::string> out;
  for (auto& p : pending_) {
    if (p.block.empty())
      return wrong(at, "has a call without an answer: send one 'tool' message for each call");
    out.push_back(std::move(p.block));
  }
  pending_.clear();
  open_.clear();
  return out;
}

}  // namespace tsg::providers::anthropic
