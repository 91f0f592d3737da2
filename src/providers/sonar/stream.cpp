// Sonar's stream: each chunk has the running usage and all sources (the last ones hold), in full mode the
// whole text so far as well (ignored). `created` changes, [DONE] may be missing: the end is the object
// "chat.completion.done", or, in older streams, the end of the body after a finish reason.
#include "providers/error_shape.hpp"
#include "providers/foreign_stream.hpp"
#include "providers/perplexity/adapter.hpp"
#include "providers/sonar/adapter.hpp"

namespace tsg::providers::sonar {
namespace {

class SonarStream final : public ForeignStream {
 public:
  explicit SonarStream(DecodeContext const& context) : ForeignStream{context} {}

 private:
  Result<> take(http::SseSplitter::Event const& event, EventBatch& out) override {
    if (event.data == "[DONE]") return end(out);
    auto const root = RawNode::parse(event.data);
    if (!root) return broken_answer(root.error().message());
    if (auto error = error_inside(*root, &perplexity::refine)) return *error;
    identify(*root);
    extras_.read(*root);
    if (auto usage = read_usage(root->child("usage")); usage.reported || usage.invalid)
      usage_ = std::move(usage);

    auto const choices = root->child("choices");
    if (!choices.empty()) read_choice(choices.child(choices.members().front()), out);
    if (text_of((*root)["object"]) == "chat.completion.done") return end(out);
    return boost::system::in_place_value;
  }

  Result<> ended(EventBatch& out) override { return end(out); }

  void identify(RawNode const& root) {
    if (!upstream_id_.empty()) return;
    upstream_id_ = name_of(root["id"]);
    answered_by(name_of(root["model"]));
  }

  void read_choice(RawNode const& choice, EventBatch& out) {
    auto const delta = choice.child("delta");
    put_reasoning(out, text_in(out, delta["reasoning_content"]));
    put(out, thoughts_.feed(text_in(out, delta["content"])));
    if (auto word = text_of(choice["finish_reason"]); !word.empty()) finish_ = std::move(word);
  }
  void put(EventBatch& out, ThinkSplitter::Pieces const& pieces) {
    put_reasoning(out, pieces.thought);
    marks_.feed(pieces.text);
    put_text(out, pieces.text);
  }

  // The finish reason is held back until the end: older streams tell it beside text.
  Result<> end(EventBatch& out) {
    if (finish_.empty()) return broken_answer("the stream ended before its finish reason");
    put(out, thoughts_.rest());
    put_citations(out, extras_.sources().annotations(marks_.found()));
    put_last(out, extras_.members());
    put_finish(out, finish_);
    return complete(out);
  }

  Extras extras_;
  ThinkSplitter thoughts_;
  CitationMarks marks_;
  std::string finish_;
};

}  // namespace

std::unique_ptr<StreamDecoder> stream(DecodeContext const& context) {
  return std::make_unique<SonarStream>(context);
}

}  // namespace tsg::providers::sonar
