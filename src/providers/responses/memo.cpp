#include "providers/responses/memo.hpp"

#include "tsg/json/writer.hpp"

namespace tsg::providers::responses {

// Only what an input item may carry; the id must stay with its encrypted_content (§2.3).
void MemoBook::reasoning(RawNode const& item) {
  if (!flavour_->encrypted_reasoning || !is_string(item["encrypted_content"])) return;
  std::string out;
  json::Writer w{out};
  w.begin_object().key("type").string("reasoning");
  if (is_string(item["id"])) w.key("id").raw(item["id"]);
  w.key("summary").raw(is_array(item["summary"]) ? item["summary"] : "[]");
  w.key("encrypted_content").raw(item["encrypted_content"]).end_object();
  pending_.push_back(std::move(out));
  worth_ = true;
}

void MemoBook::message(RawNode const& item) {
  std::string out;
  json::Writer w{out};
  w.begin_object().key("type").string("message");
  if (is_string(item["phase"])) {
    w.key("phase").raw(item["phase"]);
    worth_ = true;
  }
  w.end_object();
  pending_.push_back(std::move(out));
}

void MemoBook::call(RawNode const& item, std::string_view call_id) {
  auto const signature = item["thought_signature"];
  if ((worth_ || is_string(signature)) && !call_id.empty()) {
    std::string out;
    json::Writer w{out};
    w.begin_object().key("from").string(flavour_->dialect).key("items").begin_array();
    for (auto const& one : pending_) w.raw(one);
    w.end_array();
    if (is_string(signature)) w.key("signature").raw(signature);
    w.end_object();
    memos_.emplace_back(std::string{call_id}, std::move(out));
  }
  pending_.clear();
  worth_ = false;
}

Recalled recall(EncodeContext const& context, Flavour const& flavour, std::string_view call_id) {
  Recalled out;
  if (!context.recall) return out;
  auto const memo = context.recall(call_id);
  if (!memo) return out;
  auto const root = RawNode::parse(*memo);
  if (!root || text_of((*root)["from"]) != flavour.dialect) return out;
  out.signature = (*root)["signature"];
  auto const items = root->child("items");
  for (auto const& element : items.members()) {
    auto const item = items.child(element);
    bool const message = text_of(item["type"]) == "message";
    out.items.emplace_back(message, std::string{message ? item["phase"] : items.raw(element)});
  }
  return out;
}

}  // namespace tsg::providers::responses
