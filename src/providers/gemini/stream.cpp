// Streamed answers (§3.8). Each event is a whole response object whose texts are deltas; calls come whole.
// The end of the body is the terminator, and only if each candidate has told why it ended: the finish chunks
// wait until then, so that an error behind a finishReason is still an error.
#include <algorithm>

#include "providers/error_shape.hpp"
#include "providers/foreign_stream.hpp"
#include "providers/gemini/adapter.hpp"
#include "providers/gemini/bare_text.hpp"
#include "providers/gemini/errors.hpp"
#include "providers/gemini/grounding.hpp"
#include "providers/gemini/logprobs.hpp"
#include "providers/gemini/record.hpp"
#include "providers/gemini/signature.hpp"
#include "providers/gemini/usage.hpp"
#include "tsg/json/writer.hpp"

namespace tsg::providers::gemini {
namespace {

constexpr std::int64_t kCandidatesMax = 128;  // n is at most 128

struct Candidate {
  Candidate() = default;
  bool content = false, called = false;
  std::string reason, message, refusal;  // `reason` "" = not ended, or went on after its end
  std::vector<std::string> annotations;
  std::int64_t searches = 0;
  TextOffsets text;
};

class Stream final : public ForeignStream {
 public:
  explicit Stream(DecodeContext const& context)
      : ForeignStream{context}, family_{context.family}, ids_{context.id} {}

 private:
  std::string_view events_of(std::string_view wire) override { return bare_.split(wire); }

  Result<> take(http::SseSplitter::Event const& event, EventBatch& out) override {
    auto const parsed = RawNode::parse(event.data);
    if (!parsed) return broken_answer(parsed.error().message());
    auto const& root = *parsed;
    if (auto error = told_error(root)) return *error;
    note_identity(root);
    auto const list = root.child("candidates");
    Result<> taken = boost::system::in_place_value;
    for (auto const& element : list.members())
      if (taken) taken = take_candidate(list.child(element), out);
    if (auto refusal = blocked_prompt(root); !refusal.empty() && candidates_.empty()) {
      auto& blocked = candidates_[0];
      blocked.reason = "SAFETY";
      blocked.refusal = std::move(refusal);
    }
    // A candidate that failed is billed like any other.
    bool const told = note_usage(root.child("usageMetadata"));
    usage_final_ = told && !taken;
    return taken;
  }

  Result<> ended(EventBatch& out) override {
    if (bare_.any()) return error_in_text(bare_.text());
    for (auto const& [index, candidate] : candidates_)
      if (candidate.reason.empty()) return broken_answer("the stream ended before a finishReason");
    for (auto& [index, candidate] : candidates_)
      if (auto put = end(out, candidate, index); !put) return put;
    return complete(out);
  }

  void note_identity(RawNode const& root) {
    if (identified_) return;
    if (auto id = name_of(root["responseId"]); !id.empty()) upstream_id_ = std::move(id);
    answered_by(name_of(root["modelVersion"]));
    identified_ = true;  // all chunks of a stream have one model
  }

  // Cumulative: the last one wins. Those that do not count the output yet would pass for its end if the
  // stream broke off now. True: taken.
  bool note_usage(RawNode const& metadata) {
    if (metadata.empty()) return false;
    auto usage = read_usage(metadata);
    bool const over = !candidates_.empty() && std::ranges::all_of(candidates_, [](auto const& c) {
      return !c.second.reason.empty();
    });
    if (usage.invalid) {
      usage_.invalid = true;
      usage_.reported = false;
    }
    if (!usage.reported || (usage.output_total() == 0 && !over)) return false;
    usage.web_searches = usage_.web_searches;
    usage_ = std::move(usage);
    return true;
  }

  Result<> take_candidate(RawNode const& node, EventBatch& out) {
    auto const index = count_of(node["index"].empty() ? "0" : node["index"]);
    if (!index || *index >= kCandidatesMax) return broken_answer("a candidate without a place");
    auto& c = candidates_[*index];
    auto const parts = node.child("content").child("parts");
    for (auto const& element : parts.members()) put(out, read_piece(parts.child(element)), c, *index);
    if (auto logprobs = logprobs_of(node); !logprobs.empty()) put_logprobs(out, logprobs, *index);
    if (auto const grounding = node.child("groundingMetadata"); !grounding.empty()) {
      c.annotations = citations(grounding, c.text);
      usage_.web_searches -= std::exchange(c.searches, billed_searches(grounding, family_));
      usage_.web_searches += c.searches;
    }
    auto reason = text_of(node["finishReason"]);
    if (reason.empty()) return boost::system::in_place_value;
    c.reason = std::move(reason);
    c.message = text_of(node["finishMessage"]);
    auto const word = ending(c.reason, c.called, c.content, c.message);
    if (!word) return word.error();
    return boost::system::in_place_value;
  }

  void put(EventBatch& out, Piece piece, Candidate& c, std::int64_t index) {
    if (piece.kind == Piece::Kind::nothing) return;
    bool const empty = piece.text.empty() && piece.kind != Piece::Kind::call;
    if (!empty) c.reason.clear();  // older models say STOP on every event: only the last one counts
    c.content |= !empty && piece.kind != Piece::Kind::thought;
    switch (piece.kind) {
      case Piece::Kind::text:
        c.text.append(piece.text);
        put_text(out, piece.text, index);
        if (piece.signature.empty()) break;
        put_members(out, "{" + signature_member(piece.signature).substr(1) + "}", index);
        put_seal(out, piece.signature, false, index);
        break;
      case Piece::Kind::thought:
        put_reasoning(out, piece.text, index);
        break;
      case Piece::Kind::call:
        c.called = true;
        if (piece.id.empty()) piece.id = ids_.next();
        if (!piece.signature.empty()) memos_.push_back(signature_memo(piece.id, model(), piece.signature));
        end_call(
            out,
            put_call(out, piece.id, piece.name, piece.arguments, signature_member(piece.signature), index),
            index);
        break;
      case Piece::Kind::image: {
        std::string delta = R"({"images":[{"type":"image_url","image_url":{"url":)";
        json::append_string(delta, piece.text);
        put_members(out, delta + "}}]}", index);
        break;
      }
      case Piece::Kind::nothing:
        break;
    }
  }

  Result<> end(EventBatch& out, Candidate& c, std::int64_t index) {
    auto const word = ending(c.reason, c.called, c.content, c.message);
    if (!word) return word.error();
    put_citations(out, c.annotations, index);
    if (*word == "content_filter" && !c.content && c.refusal.empty()) c.refusal = blocked_answer(c.reason);
    put_refusal(out, c.refusal, index);
    put_finish(out, *word, index);
    return boost::system::in_place_value;
  }

  catalog::Model const* family_;
  CallIds ids_;
  BareText bare_;
  std::map<std::int64_t, Candidate> candidates_;
  bool identified_ = false;
};

}  // namespace

std::unique_ptr<StreamDecoder> chat_stream(DecodeContext const& context) {
  return std::make_unique<Stream>(context);
}

}  // namespace tsg::providers::gemini
