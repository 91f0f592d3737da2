// The event stream of a response (§2.5). Deltas are passed on as they come; what a provider leaves out of
// them is filled in from `.done` events and from the terminal event, never twice (§5.5). Only a terminal
// event ends the stream: there is no [DONE].
#include <algorithm>
#include <array>
#include <map>
#include <set>

#include "providers/foreign_stream.hpp"
#include "providers/responses/logprobs.hpp"
#include "providers/responses/output.hpp"

namespace tsg::providers::responses {
namespace {

class EventStream final : public ForeignStream {
 public:
  EventStream(DecodeContext const& context, Flavour const& flavour)
      : ForeignStream{context}, flavour_{flavour} {}

 private:
  using Done = Result<>;
  static Done good() { return boost::system::in_place_value; }

  Done take(http::SseSplitter::Event const& event, EventBatch& out) override {
    auto const root = RawNode::parse(event.data);
    if (!root) return broken_answer(root.error().message());
    auto type = text_in(out, (*root)["type"]);
    if (type.empty()) type = event.name;
    auto const error = (*root)["error"];
    bool const told = !error.empty() && !is_null(error);
    if (type == "error" || told) return failed(*root, flavour_);

    struct Handler {
      std::string_view type;
      Done (EventStream::*handle)(RawNode const& event, EventBatch& out);
    };
    static constexpr std::array kHandlers{
        Handler{"response.created", &EventStream::begin},
        Handler{"response.output_item.added", &EventStream::item_added},
        Handler{"response.output_item.done", &EventStream::item_done},
        Handler{"response.output_text.delta", &EventStream::text_delta},
        Handler{"response.output_text.done", &EventStream::text_done},
        Handler{"response.output_text.annotation.added", &EventStream::annotation},
        Handler{"response.refusal.delta", &EventStream::refusal_delta},
        Handler{"response.refusal.done", &EventStream::refusal_done},
        Handler{"response.reasoning_summary_text.delta", &EventStream::thought_delta},
        Handler{"response.reasoning_summary_text.done", &EventStream::thought_done},
        Handler{"response.reasoning_text.delta", &EventStream::thought_delta},
        Handler{"response.reasoning_text.done", &EventStream::thought_done},
        Handler{"response.function_call_arguments.delta", &EventStream::arguments_delta},
        Handler{"response.function_call_arguments.done", &EventStream::arguments_done},
        Handler{"response.completed", &EventStream::end},
        Handler{"response.incomplete", &EventStream::end},
        Handler{"response.failed", &EventStream::end},
        Handler{"response.cancelled", &EventStream::end},
    };
    auto const* known = std::ranges::find(kHandlers, type, &Handler::type);
    return known == kHandlers.end() ? good() : (this->*known->handle)(*root, out);
  }

  Done begin(RawNode const& event, EventBatch&) {
    auto const response = event.child("response");
    upstream_id_ = name_of(response["id"]);
    answered_by(name_of(response["model"]));
    return good();
  }

  // --- text. Bytes that were sent are counted per part, so that `.done` can give the rest.
  using Place = std::pair<std::int64_t, std::int64_t>;  // output_index, and the part's index
  static Place place(RawNode const& event) {
    auto const part = event.find("summary_index") ? event["summary_index"] : event["content_index"];
    return {count_of(event["output_index"]).value_or(0), count_of(part).value_or(0)};
  }
  struct Part {
    std::size_t sent = 0;
    std::int64_t begins_at = 0;  // characters of the answer before it
    bool logprobs = false;       // came with its deltas
  };
  static std::string_view rest(std::string_view whole, std::size_t sent) noexcept {
    return whole.substr(std::min(sent, whole.size()));
  }

  void text(EventBatch& out, Place at, std::string_view piece) {
    if (piece.empty()) return;
    auto const [part, fresh] = texts_.try_emplace(at);
    if (fresh) part->second.begins_at = characters_;
    part->second.sent += piece.size();
    text_sent_ += piece.size();
    characters_ += characters(piece);
    put_text(out, piece);
  }
  Done text_delta(RawNode const& event, EventBatch& out) {
    text(out, place(event), text_in(out, event["delta"]));
    logprobs(out, event);
    return good();
  }
  Done text_done(RawNode const& event, EventBatch& out) {
    auto const whole = text_in(out, event["text"]);
    auto const at = place(event);
    auto const known = texts_.find(at);
    text(out, at, rest(whole, known == texts_.end() ? 0 : known->second.sent));
    if (auto const part = texts_.find(at); part != texts_.end() && !part->second.logprobs)
      logprobs(out, event);
    return good();
  }
  void logprobs(EventBatch& out, RawNode const& event) {
    std::string list;
    append_logprobs(list, event);
    if (list.empty()) return;
    auto const [part, fresh] = texts_.try_emplace(place(event));
    if (fresh) part->second.begins_at = characters_;
    part->second.logprobs = any_logprobs_ = true;
    put_logprobs(out, logprobs_of(list));
  }
  Done annotation(RawNode const& event, EventBatch& out) {
    auto const part = texts_.find(place(event));
    auto const shift = part == texts_.end() ? characters_ : part->second.begins_at;
    annotate(out, annotation_of(event.child("annotation"), shift));
    return good();
  }
  void annotate(EventBatch& out, std::string const& annotation) {
    if (annotation.empty()) return;
    ++annotations_;
    put_citations(out, std::span{&annotation, 1});
  }

  Done refusal_delta(RawNode const& event, EventBatch& out) {
    refuse(out, text_in(out, event["delta"]));
    return good();
  }
  Done refusal_done(RawNode const& event, EventBatch& out) {
    auto const whole = text_in(out, event["refusal"]);
    refuse(out, rest(whole, refusal_sent_));
    return good();
  }
  void refuse(EventBatch& out, std::string_view piece) {
    refusal_sent_ += piece.size();
    put_refusal(out, piece);
  }

  void thought(EventBatch& out, Place at, std::string_view piece) {
    if (piece.empty()) return;
    auto const [part, fresh] = thoughts_.try_emplace(at);
    if (fresh && thoughts_.size() > 1) put_reasoning(out, "\n\n");
    part->second += piece.size();
    put_reasoning(out, piece);
  }
  Done thought_delta(RawNode const& event, EventBatch& out) {
    thought(out, place(event), text_in(out, event["delta"]));
    return good();
  }
  Done thought_done(RawNode const& event, EventBatch& out) {
    auto const whole = text_in(out, event["text"]);
    auto const at = place(event);
    auto const sent = thoughts_.find(at);
    thought(out, at, rest(whole, sent == thoughts_.end() ? 0 : sent->second));
    return good();
  }

  // --- calls
  struct Call {
    std::int64_t number = 0;
    std::size_t sent = 0;
  };
  Done item_added(RawNode const& event, EventBatch& out) {
    auto const item = event.child("item");
    if (!is_call(item, flavour_) || text_of(item["type"]) != "function_call") return good();
    auto const call = read_call(item);
    if (call.name.empty() || call.id.empty() || !ids_.insert(call.id).second) return good();
    Call open;
    open.number = put_call(out, call.id, call.name, "");
    auto const [at, fresh] = open_.insert_or_assign(count_of(event["output_index"]).value_or(0), open);
    arguments(out, at->second, text_of(item["arguments"]));
    return good();
  }
  void arguments(EventBatch& out, Call& call, std::string_view piece) {
    call.sent += piece.size();
    put_arguments(out, call.number, piece);
  }
  Call* open_call(RawNode const& event) {
    auto const at = open_.find(count_of(event["output_index"]).value_or(0));
    return at == open_.end() ? nullptr : &at->second;
  }
  Done arguments_delta(RawNode const& event, EventBatch& out) {
    if (auto* call = open_call(event)) arguments(out, *call, text_in(out, event["delta"]));
    return good();
  }
  Done arguments_done(RawNode const& event, EventBatch& out) {
    auto const whole = text_in(out, event["arguments"]);
    if (auto* call = open_call(event)) arguments(out, *call, rest(whole, call->sent));
    return good();
  }
  Done item_done(RawNode const& event, EventBatch& out) {
    auto const item = event.child("item");
    if (!is_call(item, flavour_)) return good();
    auto const call = read_call(item);
    auto* open = open_call(event);
    if (open && ids_.contains(call.id)) {
      arguments(out, *open, rest(call.text, open->sent));  // "{}" where there are none
      end_call(out, open->number);
      open_.erase(count_of(event["output_index"]).value_or(0));
    } else {
      whole_call(out, call);
    }
    return good();
  }
  void whole_call(EventBatch& out, WholeItem const& call) {
    if (!ids_.insert(call.id).second) return;
    if (call.kind == ItemKind::custom_call)
      put_custom_call(out, call.id, call.name, call.text);
    else
      end_call(out, put_call(out, call.id, call.name, call.text));
  }

  // --- the end
  Done end(RawNode const& event, EventBatch& out) {
    auto const response = event.child("response");
    if (response.empty()) return failed(event, flavour_);
    auto whole = read_output(response.child("output"), flavour_);
    // Before the verdict: a run that failed is billed what it says.
    usage_ = usage_of(response, whole.hosted, flavour_);
    usage_final_ = true;
    auto const finish = finish_of(response, !ids_.empty() || whole.choice.calls(), flavour_);
    if (!finish) return finish.error();
    fill_in(out, whole);
    memos_ = std::move(whole.memos);
    put_last(out, whole.sources.members());
    put_finish(out, *finish);
    return complete(out);
  }
  void fill_in(EventBatch& out, Output const& whole) {
    auto const& choice = whole.choice;
    if (thoughts_.empty()) put_reasoning(out, choice.thoughts());
    put_text(out, rest(choice.joined(ItemKind::text), text_sent_));
    put_refusal(out, rest(choice.joined(ItemKind::refusal), refusal_sent_));
    for (auto const& [at, call] : open_)
      if (call.sent == 0) put_arguments(out, call.number, "{}");
    for (auto const& item : choice.items)
      if (conversation::is_call(item)) whole_call(out, item);
    if (!any_logprobs_ && !choice.logprobs.empty()) put_logprobs(out, choice.logprobs);
    if (annotations_ == 0)
      for (auto const& one : choice.citations) annotate(out, one);
  }

  Flavour const& flavour_;
  std::map<Place, Part> texts_;
  std::map<Place, std::size_t> thoughts_;
  std::map<std::int64_t, Call> open_;
  std::set<std::string, std::less<>> ids_;
  std::size_t text_sent_ = 0, refusal_sent_ = 0, annotations_ = 0;
  std::int64_t characters_ = 0;
  bool any_logprobs_ = false;
};

}  // namespace

std::unique_ptr<StreamDecoder> stream(DecodeContext const& context, Flavour const& flavour) {
  return std::make_unique<EventStream>(context, flavour);
}

}  // namespace tsg::providers::responses
