#include "providers/anthropic/turn_memory.hpp"

#include <algorithm>

#include "providers/raw_json.hpp"
#include "tsg/json/writer.hpp"

namespace tsg::providers::anthropic {
namespace {

constexpr std::size_t kHeldMax = 256u << 10;  // bytes of opaque blocks of one answer; more is not remembered

bool opaque_type(std::string_view raw) {
  auto const type = text_of(raw);
  return type == "thinking" || type == "redacted_thinking";
}

// The client's own extension has no order: thinking stands first (§1.6).
std::optional<Recalled> sent_along(Message const& message) {
  if (message.raw.find("thinking_blocks") == std::string_view::npos) return std::nullopt;
  auto const node = RawNode::parse(message.raw);
  if (!node) return std::nullopt;
  auto const list = node->child("thinking_blocks");
  Recalled out;
  for (auto const& m : list.members()) {
    if (!opaque_type(list.child(m)["type"])) return std::nullopt;
    out.pieces.emplace_back(Recalled::Piece::Kind::opaque, std::string{list.raw(m)}, 0);
  }
  if (out.pieces.empty()) return std::nullopt;
  out.pieces.emplace_back(Recalled::Piece::Kind::text, "", plain_text(message).size());
  for (auto const& call : message.calls) out.pieces.emplace_back(Recalled::Piece::Kind::call, call.id, 0);
  return out;
}

// Signatures are bound to the model that made them (§1.6).
bool same_model(std::string_view made_by, EncodeContext const& context) {
  if (made_by == context.upstream_model) return true;
  auto const* model = context.model;
  return model &&
         (model->id == made_by || std::ranges::find(model->aliases, made_by) != model->aliases.end());
}

std::optional<Recalled> remembered(Message const& message, EncodeContext const& context) {
  if (message.calls.empty() || !context.recall) return std::nullopt;
  auto const json = context.recall(message.calls.front().id);
  if (!json) return std::nullopt;
  auto const memo = RawNode::parse(*json);
  if (!memo || !same_model(text_of((*memo)["model"]), context)) return std::nullopt;
  Recalled out;
  auto const turn = memo->child("turn");
  for (auto const& m : turn.members()) {
    auto const item = turn.child(m);
    auto const type = text_of(item["type"]);
    if (type == "text")
      out.pieces.emplace_back(Recalled::Piece::Kind::text, "",
                              static_cast<std::size_t>(count_of(item["bytes"]).value_or(0)));
    else if (type == "tool_use")
      out.pieces.emplace_back(Recalled::Piece::Kind::call, text_of(item["id"]), 0);
    else
      out.pieces.emplace_back(Recalled::Piece::Kind::opaque, std::string{turn.raw(m)}, 0);
  }
  return out;
}

// The turn that the client shows must be the one that was thought about.
bool fits(Recalled const& turn, Message const& message) {
  std::size_t bytes = 0, call = 0;
  for (auto const& piece : turn.pieces) {
    bytes += piece.bytes;
    if (piece.kind != Recalled::Piece::Kind::call) continue;
    if (call == message.calls.size() || message.calls[call].id != piece.json) return false;
    ++call;
  }
  return call == message.calls.size() && bytes == plain_text(message).size();
}

}  // namespace

void TurnMemory::opaque(std::string block) {
  held_ += block.size();
  too_large_ |= held_ > kHeldMax;
  if (too_large_) return items_.clear();
  any_opaque_ = true;
  items_.emplace_back('o', std::move(block));
}

void TurnMemory::text(std::string_view piece) {
  if (piece.empty()) return;
  if (items_.empty() || items_.back().kind != 't') items_.emplace_back('t', "");
  items_.back().bytes += piece.size();
}

void TurnMemory::call(std::string_view id) {
  if (first_call_.empty()) first_call_ = id;
  items_.emplace_back('c', json::quoted(id));
}

std::string TurnMemory::blocks() const {
  if (!any_opaque_ || too_large_) return {};
  std::string out;
  json::Writer w{out};
  w.begin_array();
  for (auto const& item : items_)
    if (item.kind == 'o') w.raw(item.json);
  w.end_array();
  return out;
}

std::vector<Memo> TurnMemory::memos(std::string_view model) const {
  std::vector<Memo> out;
  if (first_call_.empty() || !any_opaque_ || too_large_) return out;
  std::string json;
  json::Writer w{json};
  w.begin_object().key("model").string(model).key("turn").begin_array();
  for (auto const& item : items_) {
    if (item.kind == 'o') {
      w.raw(item.json);
      continue;
    }
    w.begin_object().key("type").string(item.kind == 't' ? "text" : "tool_use");
    if (item.kind == 't')
      w.key("bytes").integer(static_cast<std::int64_t>(item.bytes));
    else
      w.key("id").raw(item.json);
    w.end_object();
  }
  w.end_array().end_object();
  out.emplace_back(first_call_, std::move(json));
  return out;
}

std::optional<Recalled> recall_turn(Message const& message, EncodeContext const& context) {
  auto turn = sent_along(message);
  if (!turn) turn = remembered(message, context);
  if (turn && !fits(*turn, message)) turn.reset();
  return turn;
}

}  // namespace tsg::providers::anthropic
