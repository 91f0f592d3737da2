// A streamed answer: the state machine of §3.7. Blocks never overlap, but are kept by their index all the
// same, since servers that speak the dialect loosely have been seen to restart a message.
#include "providers/anthropic/adapter.hpp"
#include "providers/anthropic/answer_parts.hpp"
#include "providers/anthropic/forced_call.hpp"
#include "providers/anthropic/turn_memory.hpp"
#include "providers/call_ids.hpp"
#include "providers/foreign_stream.hpp"

namespace tsg::providers::anthropic {
namespace {

constexpr std::size_t kBlocksMax = 10'000;  // open ones: a sane stream has one

class MessageStream final : public ForeignStream {
 public:
  explicit MessageStream(DecodeContext const& context)
      : ForeignStream{context}, forced_{context.forced}, ids_{context.id} {}

 private:
  struct Block {
    enum class Kind : std::uint8_t { text, thinking, redacted, tool, silent };
    Block() = default;
    Kind kind = Kind::silent;
    std::int64_t call = 0, begin = 0;  // position among the calls; first character of the text
    bool arguments = false;            // any were put
    std::string thinking, signature;
    std::vector<std::string> citations;  // raw JSON
  };

  Result<> take(http::SseSplitter::Event const& event, EventBatch& out) override {
    auto const parsed = RawNode::parse(event.data);
    if (!parsed) return broken_answer(parsed.error().message());
    auto const& root = *parsed;
    if (auto error = error_inside(root, &refine)) return *error;
    auto const type = text_in(out, root["type"]);
    if (type == "error") return broken_answer("an error event without an error");
    if (type == "message_start") return start(root.child("message"));
    if (type == "content_block_start") return open(root, out);
    if (type == "content_block_delta") return delta(root, out);
    if (type == "content_block_stop") return close(index_of(root), out);
    if (type == "message_delta") return message_delta(root);
    if (type == "message_stop") return stop(out);
    return boost::system::in_place_value;  // ping, and what is yet to come (§1.9)
  }

  static std::int64_t index_of(RawNode const& root) { return count_of(root["index"]).value_or(0); }

  Result<> start(RawNode const& message) {
    if (upstream_id_.empty()) upstream_id_ = name_of(message["id"]);
    if (!started_) answered_by(name_of(message["model"]));
    started_ = true;
    book_.start(message.child("usage"));
    keep_usage();
    return boost::system::in_place_value;
  }

  Result<> open(RawNode const& root, EventBatch& out) {
    auto const index = index_of(root);
    if (auto closed = close(index, out); !closed) return closed;  // a restarted message
    if (blocks_.size() >= kBlocksMax) return broken_answer("too many open blocks");
    auto& block = blocks_[index];
    auto const content = root.child("content_block");
    auto const type = text_in(out, content["type"]);
    if (type == "text") {
      block.kind = Block::Kind::text;
      block.begin = characters_;
      say(text_in(out, content["text"]), out);
    } else if (type == "thinking") {
      block.kind = Block::Kind::thinking;
      block.signature = text_of(content["signature"]);
      think(block, text_in(out, content["thinking"]), out);
    } else if (type == "redacted_thinking") {
      block.kind = Block::Kind::redacted;
      end_item(out);  // it is sealed by itself
      put_seal(out, text_in(out, content["data"]), true);
      remember(std::string{root["content_block"]}, out);
    } else if (type == "tool_use") {
      block.kind = Block::Kind::tool;
      auto const id = text_of(content["id"]);
      auto const input = content.child("input");  // whole here, at some servers, instead of in deltas
      block.arguments = !input.empty();
      block.call = put_call(out, id, text_of(content["name"]), input.empty() ? "" : content["input"]);
      memory_.call(id);
    }
    return boost::system::in_place_value;
  }

  Result<> delta(RawNode const& root, EventBatch& out) {
    auto const known = blocks_.find(index_of(root));
    auto const delta = root.child("delta");
    auto const type = text_in(out, delta["type"]);
    if (known == blocks_.end())
      return type == "text_delta" || type == "input_json_delta"
                 ? Result<>{broken_answer("a delta of no block")}
                 : Result<>{boost::system::in_place_value};
    auto& block = known->second;
    using Kind = Block::Kind;
    if (type == "text_delta" && block.kind == Kind::text) {
      say(text_in(out, delta["text"]), out);
    } else if (type == "thinking_delta" && block.kind == Kind::thinking) {
      think(block, text_in(out, delta["thinking"]), out);
    } else if (type == "signature_delta" && block.kind == Kind::thinking) {
      block.signature += text_of(delta["signature"]);
    } else if (type == "input_json_delta" && block.kind == Kind::tool) {
      auto const part = text_in(out, delta["partial_json"]);
      block.arguments |= !part.empty();
      put_arguments(out, block.call, part);
    } else if (type == "citations_delta" && block.kind == Kind::text) {
      block.citations.emplace_back(delta["citation"]);
    }
    return boost::system::in_place_value;
  }

  Result<> close(std::int64_t index, EventBatch& out) {
    auto const known = blocks_.find(index);
    if (known == blocks_.end()) return boost::system::in_place_value;
    auto const block = std::move(known->second);
    blocks_.erase(known);
    if (block.kind == Block::Kind::tool) {
      if (!block.arguments) put_arguments(out, block.call, "{}");
      end_call(out, block.call);
    }
    if (block.kind == Block::Kind::thinking && !(block.thinking.empty() && block.signature.empty())) {
      put_seal(out, block.signature, true);
      remember(thinking_block(block.thinking, block.signature), out);
    }
    for (auto const& raw : block.citations) {
      auto const citation = RawNode::parse(raw);
      auto const a = citation ? annotation_of(*citation, block.begin, characters_) : std::string{};
      if (!a.empty()) put_citations(out, std::span{&a, 1});
    }
    end_item(out);
    return boost::system::in_place_value;
  }

  Result<> message_delta(RawNode const& root) {
    auto const delta = root.child("delta");
    if (auto reason = text_of(delta["stop_reason"]); !reason.empty()) {
      stop_reason_ = std::move(reason);
      if (stop_reason_ == "refusal") refusal_ = refusal_text(delta.child("stop_details"));
    }
    book_.told(root.child("usage"));
    keep_usage();
    return boost::system::in_place_value;
  }

  Result<> stop(EventBatch& out) {
    while (!blocks_.empty())
      if (auto closed = close(blocks_.begin()->first, out); !closed) return closed;
    if (!started_ || stop_reason_.empty()) return broken_answer("message_stop before a stop_reason");
    say_call(out);
    if (stop_reason_ == "refusal" && characters_ == 0) {
      if (!content_started()) waive(usage_);
      put_refusal(out, refusal_);
    }
    put_finish(out, stop_word(stop_reason_, calls() > 0));
    memos_ = memory_.memos(model());
    return complete(out);
  }

  void say(std::string_view text, EventBatch& out) {
    characters_ += characters(text);
    memory_.text(text);
    if (!forced_.any)
      put_text(out, text);
    else if (forced_.name.empty())
      whole_ += text;  // of several functions: which one is known at the end of it
    else if (!text.empty())
      argument(text, out);
  }
  // The text is the arguments of the one function there is.
  void argument(std::string_view text, EventBatch& out) {
    if (!forced_call_) forced_call_ = put_call(out, ids_.next(), forced_.name, "");
    put_arguments(out, *forced_call_, text);
  }
  // Cut short it may be no call: then it is what the model said.
  void say_call(EventBatch& out) {
    if (whole_.empty()) return;
    if (auto const call = call_from(forced_, whole_, ids_.next()))
      put_call(out, call->id, call->name, call->text);
    else
      put_text(out, whole_);
  }
  void think(Block& block, std::string_view text, EventBatch& out) {
    block.thinking += text;
    put_reasoning(out, text);
  }
  // Clients that keep unknown members can send the blocks back themselves.
  void remember(std::string block, EventBatch& out) {
    put_members(out, R"({"thinking_blocks":[)" + block + "]}");
    memory_.opaque(std::move(block));
  }
  void keep_usage() { usage_ = book_.usage(model()); }

  ForcedCall forced_;
  CallIds ids_;
  std::optional<std::int64_t> forced_call_;
  std::string whole_;
  std::map<std::int64_t, Block> blocks_;
  TurnMemory memory_;
  UsageBook book_;
  std::string stop_reason_, refusal_;
  std::int64_t characters_ = 0;  // of text so far
  bool started_ = false;
};

}  // namespace

std::unique_ptr<StreamDecoder> message_stream(DecodeContext const& context) {
  return std::make_unique<MessageStream>(context);
}

}  // namespace tsg::providers::anthropic
