// A whole answer (§3.4).
#include "providers/error_shape.hpp"
#include "providers/gemini/adapter.hpp"
#include "providers/gemini/errors.hpp"
#include "providers/gemini/grounding.hpp"
#include "providers/gemini/logprobs.hpp"
#include "providers/gemini/record.hpp"
#include "providers/gemini/signature.hpp"
#include "providers/gemini/usage.hpp"
#include "providers/openai_shape.hpp"
#include "providers/whole.hpp"
#include "tsg/json/writer.hpp"

namespace tsg::providers::gemini {
namespace {

class Reader {
 public:
  Reader(DecodeContext const& context, std::string model)
      : context_{context}, model_{std::move(model)}, ids_{context.id} {}

  Result<> add(RawNode const& candidate) {
    WholeChoice choice;
    TextOffsets text;
    std::string signature, images;
    auto const parts = candidate.child("content").child("parts");
    for (auto const& element : parts.members()) {
      auto piece = read_piece(parts.child(element));
      text.begin_part();
      switch (piece.kind) {
        case Piece::Kind::text:
          text.append(piece.text);
          say(choice, ItemKind::text, piece.text);
          if (!piece.signature.empty()) signature = choice.items.back().sealed = std::move(piece.signature);
          break;
        case Piece::Kind::thought:
          say(choice, ItemKind::thought, piece.text);
          break;
        case Piece::Kind::call:
          add_call(choice, std::move(piece));
          break;
        case Piece::Kind::image:
          images += (images.empty() ? "" : ",") + image(piece.text);
          break;
        case Piece::Kind::nothing:
          break;
      }
    }
    choice.extra = signature_member(signature);
    if (!images.empty()) choice.extra += ",\"images\":[" + images + "]";
    auto const grounding = candidate.child("groundingMetadata");
    choice.citations = citations(grounding, text);
    choice.logprobs = logprobs_of(candidate);
    return end(candidate, std::move(choice), !images.empty());
  }

  void block(std::string refusal) {
    WholeChoice choice;
    choice.items.emplace_back(ItemKind::refusal, std::move(refusal));
    choice.stop = Stop::filter;
    choices_.push_back(std::move(choice));
  }

  bool empty() const noexcept { return choices_.empty(); }

  Answer answer(catalog::Usage usage, std::string upstream_id) {
    auto out = whole_answer(context_, std::move(choices_), std::move(usage), model_, std::move(upstream_id));
    out.memos = std::move(memos_);
    return out;
  }

 private:
  static std::string image(std::string_view url) {
    std::string out;
    json::Writer w{out};
    w.begin_object().key("type").string("image_url").key("image_url").begin_object();
    w.key("url").string(url).end_object().end_object();
    return out;
  }

  // Parts of one kind are pieces of one item.
  static void say(WholeChoice& choice, ItemKind kind, std::string_view text) {
    if (choice.items.empty() || choice.items.back().kind != kind) choice.items.emplace_back(kind, "");
    choice.items.back().text += text;
  }

  void add_call(WholeChoice& choice, Piece piece) {
    if (piece.id.empty()) piece.id = ids_.next();
    if (!piece.signature.empty()) memos_.push_back(signature_memo(piece.id, model_, piece.signature));
    auto& call =
        choice.items.emplace_back(whole_call(std::move(piece.id), std::move(piece.name),
                                             std::move(piece.arguments), signature_member(piece.signature)));
    call.sealed = std::move(piece.signature);
  }

  Result<> end(RawNode const& candidate, WholeChoice choice, bool images) {
    auto reason = text_of(candidate["finishReason"]);
    bool const any = choice.has(ItemKind::text) || choice.calls() || images;
    if (reason.empty() && !any) return broken_answer("a candidate without a finishReason");
    if (reason.empty()) reason = "STOP";  // it came whole
    auto const word = ending(reason, choice.calls(), any, text_of(candidate["finishMessage"]));
    if (!word) return word.error();
    choice.stop = stop_meant(*word);
    if (!any && choice.stop == Stop::filter)
      choice.items.emplace_back(ItemKind::refusal, blocked_answer(reason));
    choices_.push_back(std::move(choice));
    return boost::system::in_place_value;
  }

  DecodeContext const& context_;
  std::string model_;
  CallIds ids_;
  std::vector<WholeChoice> choices_;
  std::vector<Memo> memos_;
};

}  // namespace

catalog::Usage answer_usage(RawNode const& root, catalog::Model const* family) {
  auto usage = read_usage(root.child("usageMetadata"));
  auto const candidates = root.child("candidates");
  for (auto const& element : candidates.members())
    usage.web_searches += billed_searches(candidates.child(element).child("groundingMetadata"), family);
  return usage;
}

Result<Answer> decode_chat(std::string_view body, DecodeContext const& context) {
  auto const parsed = RawNode::parse(body);
  if (!parsed) return error_in_text(body);  // an error may come wrapped in an array
  auto const& root = *parsed;
  if (auto error = told_error(root)) return *error;

  auto model = name_of(root["modelVersion"]);
  Reader reader{context, model.empty() ? context.asked_model : std::move(model)};
  auto const candidates = root.child("candidates");
  for (auto const& element : candidates.members())
    if (auto added = reader.add(candidates.child(element)); !added) return added.error();
  if (reader.empty()) {  // trap 45: a blocked prompt is no empty answer
    auto refusal = blocked_prompt(root);
    if (refusal.empty()) return broken_answer("an answer without candidates");
    reader.block(std::move(refusal));
  }
  return reader.answer(answer_usage(root, context.family), name_of(root["responseId"]));
}

}  // namespace tsg::providers::gemini
