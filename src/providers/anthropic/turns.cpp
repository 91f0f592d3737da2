#include "providers/anthropic/turns.hpp"

#include <algorithm>

#include "providers/anthropic/blocks.hpp"
#include "providers/judge.hpp"
#include "providers/raw_json.hpp"
#include "providers/read_fields.hpp"
#include "tsg/json/writer.hpp"

namespace tsg::providers::anthropic {
namespace {

bool instructs(Message const& m) noexcept {
  return m.role == Role::system || m.role == Role::developer;
}

// Arguments are text that some model wrote; the input must be a JSON object (§3.2). Its bytes stay.
Result<std::string> input_of(ToolCall const& call) {
  auto text = text_of(call.arguments);
  if (text.find_first_not_of(" \n\r\t") == std::string::npos) return std::string{"{}"};
  auto const scanned = json::scan(text, {});
  if (scanned && scanned->root_is_object) return text;
  return wrong(call.at + ".function.arguments", "must be a JSON object: Anthropic takes no other");
}

class Builder {
 public:
  Builder(Rules const& rules, std::vector<std::string>& dropped) : rules_{rules}, dropped_{dropped} {}

  Result<> add(std::vector<Message> const& all, std::size_t i, std::optional<Recalled> const& recalled) {
    auto const& m = all[i];
    if (m.role != Role::tool)
      if (auto done = flush_results(); !done) return done;
    drop_empty();
    if (!m.name.empty() && m.role != Role::tool) note("messages.name");
    if (instructs(m)) return instruction(all, i);
    if (m.role == Role::tool) return result(m);
    if (m.role == Role::assistant) return assistant(m, recalled);
    return parts(m, turn("user", m.at).blocks);
  }

  Result<Dialogue> finish() {
    if (auto done = flush_results(); !done) return done.error();
    drop_empty();
    auto& turns = out_.turns;
    if (turns.empty()) return wrong("messages", "must hold a user message with text, an image or a file");
    if (turns.front().role != "user")
      return unsupported(turns.front().at,
                         "is the first message, which must come from the user on this model");
    if (turns.back().role == "assistant")
      if (auto done = prefill(turns.back()); !done) return done.error();
    return std::move(out_);
  }

 private:
  struct Pending {
    Pending(std::string i, std::string w) : id{std::move(i)}, wire_id{std::move(w)} {}
    std::string id, wire_id, block;
  };

  void note(std::string_view name) {
    if (std::ranges::find(dropped_, name) == dropped_.end()) dropped_.emplace_back(name);
  }

  // A message that said nothing does not part its neighbours.
  void drop_empty() {
    if (!out_.turns.empty() && out_.turns.back().blocks.empty()) out_.turns.pop_back();
  }
  Turn& turn(std::string_view role, std::string const& at) {
    if (out_.turns.empty() || out_.turns.back().role != role) out_.turns.emplace_back(role, at);
    return out_.turns.back();
  }

  Result<> parts(Message const& m, std::vector<std::string>& blocks) {
    auto const before = blocks.size();
    for (auto const& part : m.parts) {
      auto block = block_of(part, dropped_);
      if (!block) return block.error();
      if (!block->empty()) blocks.push_back(std::move(*block));
    }
    if (blocks.size() > before) cache(m, blocks.back());
    return boost::system::in_place_value;
  }

  // A message's own cache_control marks its last block.
  static void cache(Message const& m, std::string& block) {
    if (m.raw.find("cache_control") == std::string_view::npos) return;
    auto const node = RawNode::parse(m.raw);
    auto const own = node ? (*node)["cache_control"] : std::string_view{};
    if (!is_object(own) || !cache_control_of(block).empty()) return;
    block.insert(block.size() - 1, ",\"cache_control\":" + std::string{own});
  }

  // Before the first turn it is the system prompt. Later it stays where it stands, since hoisting would
  // change the cached prefix every time: as a system message where model and position allow one, else as user
  // text.
  Result<> instruction(std::vector<Message> const& all, std::size_t i) {
    auto const& m = all[i];
    for (auto const& part : m.parts)
      if (part.kind != Part::Kind::text)
        return unsupported(part.at, "is no text, and instructions are text only");
    if (out_.turns.empty()) return parts(m, out_.system);
    auto const next = std::find_if(all.begin() + static_cast<std::ptrdiff_t>(i), all.end(),
                                   [](Message const& other) { return !instructs(other); });
    bool const closes = next == all.end() || next->role == Role::assistant;
    auto const before = out_.turns.back().role;
    if (closes && before != "assistant" && rules_.flag("mid_system", false))
      return parts(m, turn("system", m.at).blocks);
    auto& blocks = turn("user", m.at).blocks;
    for (auto const& part : m.parts) {
      if (blank(part.value)) continue;
      std::string text = R"("<system>\n)";
      text += part.value.substr(1, part.value.size() - 2);
      text += R"(\n</system>")";
      blocks.push_back(text_block(text, cache_control_of(part.raw)));
    }
    return boost::system::in_place_value;
  }

  Result<> assistant(Message const& m, std::optional<Recalled> const& recalled) {
    for (auto const& part : m.parts)
      if (part.kind != Part::Kind::text && part.kind != Part::Kind::refusal)
        return unsupported(part.at, "is no text, and the assistant's words are text only");
    auto& blocks = turn("assistant", m.at).blocks;
    std::vector<std::string> calls;
    for (auto const& call : m.calls) {
      auto block = tool_use(call);
      if (!block) return block.error();
      calls.push_back(std::move(*block));
    }
    if (recalled) {
      replay(m, *recalled, calls, blocks);
    } else {
      if (auto done = parts(m, blocks); !done) return done;
      for (auto& call : calls) blocks.push_back(std::move(call));
    }
    if (!calls.empty() && !blocks.empty()) cache(m, blocks.back());
    return boost::system::in_place_value;
  }

  Result<std::string> tool_use(ToolCall const& call) {
    if (call.custom) return unsupported(call.at, "is a call of a custom tool, which Anthropic does not have");
    auto const input = input_of(call);
    if (!input) return input.error();
    pending_.emplace_back(call.id, ids_.call(call.id));
    std::string out;
    json::Writer w{out};
    w.begin_object().key("type").string("tool_use").key("id").string(pending_.back().wire_id);
    w.key("name").string(call.name).key("input").raw(*input);
    if (auto const cached = cache_control_of(call.raw); !cached.empty()) w.key("cache_control").raw(cached);
    w.end_object();
    return out;
  }

  // Text and calls of the client, opaque blocks between them where they stood.
  void replay(Message const& m, Recalled const& recalled, std::vector<std::string>& calls,
              std::vector<std::string>& blocks) {
    using Kind = Recalled::Piece::Kind;
    out_.thinking_sent = true;
    auto const text = plain_text(m);
    std::size_t at = 0, call = 0;
    for (auto const& piece : recalled.pieces) {
      if (piece.kind == Kind::opaque) blocks.push_back(piece.json);
      if (piece.kind == Kind::call) blocks.push_back(calls[call++]);
      if (piece.kind != Kind::text) continue;
      auto const raw = json::quoted(std::string_view{text}.substr(at, piece.bytes));
      at += piece.bytes;
      if (!blank(raw)) blocks.push_back(text_block(raw));
    }
  }

  Result<> result(Message const& m) {
    auto const open = std::ranges::find_if(
        pending_, [&](Pending const& p) { return p.id == m.tool_call_id && p.block.empty(); });
    if (open == pending_.end())
      return wrong(m.at, "answers no call of the message before it ('tool_call_id')");
    std::vector<std::string> content;
    for (auto const& part : m.parts) {
      auto block = block_of(part, dropped_);
      if (!block) return block.error();
      if (!block->empty()) content.push_back(std::move(*block));
    }
    json::Writer w{open->block};
    w.begin_object().key("type").string("tool_result").key("tool_use_id").string(open->wire_id);
    if (content.size() == 1 && m.parts.size() == 1 && m.parts.front().raw.empty()) {
      w.key("content").raw(m.parts.front().value);
    } else if (!content.empty()) {
      w.key("content").begin_array();
      for (auto const& block : content) w.raw(block);
      w.end_array();
    }
    w.end_object();
    cache(m, open->block);
    return boost::system::in_place_value;
  }

  // In the order of the calls, first in the user's turn (§1.3).
  Result<> flush_results() {
    if (pending_.empty()) return boost::system::in_place_value;
    auto const at = out_.turns.back().at;
    for (auto const& p : pending_)
      if (p.block.empty())
        return wrong(at, "has a call without an answer: send one 'tool' message for each call");
    auto& blocks = turn("user", at).blocks;
    for (auto& p : pending_) blocks.push_back(std::move(p.block));
    pending_.clear();
    return boost::system::in_place_value;
  }

  // The last words of an assistant are to be continued: older models do, if they do not end in white space.
  Result<> prefill(Turn& last) {
    if (!rules_.flag("prefill", false))
      return unsupported(last.at,
                         "is the last message, and this model does not continue the assistant's words: end "
                         "with a user message");
    auto const node = RawNode::parse(last.blocks.back());
    if (!node || (*node)["type"] != "\"text\"") return boost::system::in_place_value;
    auto text = text_of((*node)["text"]);
    text.erase(text.find_last_not_of(" \n\r\t") + 1);
    last.blocks.back() = text_block(json::quoted(text), cache_control_of(last.blocks.back()));
    return boost::system::in_place_value;
  }

  Rules const& rules_;
  std::vector<std::string>& dropped_;
  Dialogue out_;
  ToolIds ids_;
  std::vector<Pending> pending_;  // calls of the last assistant message, in order
};

}  // namespace

Result<Dialogue> dialogue_of(std::vector<Message> const& messages,
                             std::vector<std::optional<Recalled>> const& recalled, Rules const& rules,
                             std::vector<std::string>& dropped) {
  Builder builder{rules, dropped};
  for (std::size_t i = 0; i < messages.size(); ++i)
    if (auto done = builder.add(messages, i, recalled[i]); !done) return done.error();
  return builder.finish();
}

bool tool_loop_complete(std::vector<Message> const& messages,
                        std::vector<std::optional<Recalled>> const& recalled) {
  for (auto i = messages.size(); i-- > 0;) {
    if (messages[i].role == Role::user) return true;
    if (messages[i].role == Role::assistant && !messages[i].calls.empty() && !recalled[i]) return false;
  }
  return true;
}

}  // namespace tsg::providers::anthropic
