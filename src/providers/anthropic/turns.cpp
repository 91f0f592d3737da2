#include "providers/anthropic/turns.hpp"

#include <algorithm>

#include "providers/anthropic/blocks.hpp"
#include "providers/anthropic/calls.hpp"
#include "providers/judge.hpp"
#include "providers/raw_json.hpp"
#include "providers/read_fields.hpp"
#include "tsg/json/writer.hpp"

namespace tsg::providers::anthropic {
namespace {

bool instructs(Message const& m) noexcept {
  return m.role == Role::system || m.role == Role::developer;
}

class Builder {
 public:
  Builder(ToolNames const& names, Rules const& rules, UpstreamRequest& noted)
      : rules_{rules}, dropped_{noted.dropped}, adapted_{noted.adapted}, calls_{names} {}

  Result<> add(std::vector<Message> const& all, std::size_t i, std::optional<Recalled> const& recalled) {
    auto const& m = all[i];
    if (m.role != Role::tool)
      if (auto done = flush_results(); !done) return done;
    drop_empty();
    if (!m.name.empty() && m.role != Role::tool) note_dropped(dropped_, "messages.name");
    if (instructs(m)) return instruction(all, i);
    if (m.role == Role::tool) return calls_.answer(m, dropped_);
    if (m.role == Role::assistant) return assistant(m, recalled);
    return parts(m, turn("user", m.at).blocks);
  }

  Result<Dialogue> finish() {
    if (auto done = flush_results(); !done) return done.error();
    drop_empty();
    auto& turns = out_.turns;
    if (turns.empty()) return wrong("messages", "must hold a user message with text, an image or a file");
    if (turns.front().role != "user") {  // the assistant's greeting
      Turn opening{"user", turns.front().at};
      opening.blocks.push_back(text_block(json::quoted(kOpening)));
      turns.insert(turns.begin(), std::move(opening));
      adapted_.emplace_back("messages", "placeholder before the assistant's first");
    }
    if (turns.back().role == "assistant")
      if (auto done = prefill(turns.back()); !done) return done.error();
    return std::move(out_);
  }

 private:
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
    if (blocks.size() > before) cache_as_asked(m.raw, blocks.back());
    return boost::system::in_place_value;
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
    for (run_end_ = std::max(run_end_, i); run_end_ < all.size() && instructs(all[run_end_]);) ++run_end_;
    bool const closes = run_end_ == all.size() || all[run_end_].role == Role::assistant;
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
      auto block = calls_.ask(call);
      if (!block) return block.error();
      calls.push_back(std::move(*block));
    }
    if (recalled) {
      replay(m, *recalled, calls, blocks);
    } else {
      if (auto done = parts(m, blocks); !done) return done;
      for (auto& call : calls) blocks.push_back(std::move(call));
    }
    if (!calls.empty() && !blocks.empty()) cache_as_asked(m.raw, blocks.back());
    return boost::system::in_place_value;
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

  // First in the user's turn (§1.3).
  Result<> flush_results() {
    if (calls_.empty()) return boost::system::in_place_value;
    auto const at = out_.turns.back().at;
    auto results = calls_.take_results(at);
    if (!results) return results.error();
    auto& blocks = turn("user", at).blocks;
    for (auto& block : *results) blocks.push_back(std::move(block));
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
  std::vector<Adapted>& adapted_;
  Dialogue out_;
  ToolCalls calls_;
  std::size_t run_end_ = 0;  // the first message behind the instructions that are being read
};

}  // namespace

Result<Dialogue> dialogue_of(std::vector<Message> const& messages,
                             std::vector<std::optional<Recalled>> const& recalled, ToolNames const& names,
                             Rules const& rules, UpstreamRequest& noted) {
  Builder builder{names, rules, noted};
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
