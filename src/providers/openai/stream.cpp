// Streamed chat completions (§1.7): each event is checked and passed on as the provider wrote it,
// `obfuscation` included, which hides lengths from whoever watches the wire; comments are dropped. Nothing
// here may turn a stream that was cut into one that looks complete: what ends a choice is kept until the
// provider's terminator, so that no finish_reason stands before an error (contract §3).
#include <algorithm>
#include <array>

#include "providers/error_shape.hpp"
#include "providers/keep_alive.hpp"
#include "providers/openai/adapter.hpp"
#include "providers/openai/chunk.hpp"
#include "providers/openai_shape.hpp"
#include "tsg/http/sse.hpp"

namespace tsg::providers::openai {
namespace {

constexpr std::string_view kDone = "[DONE]";
constexpr std::size_t kHeldMax = 1 << 20;  // ends of choices, and what came with them: a few chunks

class ChatStream final : public StreamDecoder {
 public:
  ChatStream(DecodeContext const& context, Flavour flavour)
      : splitter_{context.event_bytes_max},
        flavour_{flavour},
        paid_context_{paid_context(context)},
        choices_{context.choices},
        include_usage_{context.include_usage} {
    head_.model = context.asked_model;
    head_.id = context.id;
    head_.created = context.created;
    if (context.loose) calls_.emplace(context.id);
  }

  Result<> feed(std::string_view wire, EventBatch& out) override {
    if (done_) return boost::system::in_place_value;
    if (failed_) return broken_answer("fed after an error");
    bool const fits = splitter_.feed(wire);
    http::SseSplitter::Event event;
    while (!done_ && splitter_.next(event)) {
      auto taken = take(event, out);
      if (!taken) return fail(taken.error());
    }
    if (!done_ && (!fits || splitter_.failed())) return fail(broken_answer("an event beyond the size limit"));
    return boost::system::in_place_value;
  }

  // The body has ended properly. Servers that close right behind the terminator's line, or behind a last
  // event without its blank line, have still said it; and a terminator that is missing loses nothing once
  // every choice has told why it ended. An event that breaks off is an answer cut short.
  Result<> finish(EventBatch& out) override {
    if (failed_) return broken_answer("finished after an error");
    if (auto last = feed("\n\n", out); !last || done_) return last;
    if (!book_.complete() || static_cast<std::int64_t>(book_.begun()) < choices_)
      return fail(broken_answer("the stream ended before its terminator"));
    end(out);
    return boost::system::in_place_value;
  }

  bool done() const noexcept override { return done_; }
  bool content_started() const noexcept override { return content_started_; }
  catalog::Usage const& usage() const noexcept override { return usage_; }
  bool usage_final() const noexcept override { return done_ || usage_final_; }
  std::int64_t output_bytes() const noexcept override { return output_bytes_; }
  std::string const& model() const noexcept override { return head_.model; }
  std::string const& upstream_id() const noexcept override { return upstream_id_; }

 private:
  Error fail(Error error) {
    failed_ = true;
    error.details().billed |= content_started_;
    return error;
  }

  Result<> take(http::SseSplitter::Event const& event, EventBatch& out) {
    if (event.data == kDone) {
      if (!book_.complete()) {
        usage_final_ |= usage_known_ && counted_last_;  // no answer, but what it cost has been told
        return broken_answer("[DONE] before a finish_reason");
      }
      end(out);
      return boost::system::in_place_value;
    }
    if (keeps_alive(event)) return boost::system::in_place_value;
    auto parsed = RawNode::parse(event.data);
    if (!parsed) return broken_answer(parsed.error().message());
    if (auto error = error_inside(*parsed, flavour_.refine)) return *error;
    if (event.name == "error") return told_inside(*parsed, flavour_.refine);
    return take_chunk(*parsed, out);
  }

  Result<> take_chunk(RawNode const& root, EventBatch& out) {
    note_identity(root);
    edits_.clear();
    bool const has_usage = edit_members(root, edits_);
    auto const* list = root.find("choices");
    if (!list || !is_array(root.raw(*list)))  // {"type":"ping"} and its like say nothing about the answer
      return has_usage || (!list && is_string(root["type"])) ? Result<>{boost::system::in_place_value}
                                                             : Result<>{broken_member("choices")};
    auto const choices = root.child(*list);
    if (choices.empty()) {
      counted_last_ |= has_usage;
      if (has_usage || !tells_more(root)) return boost::system::in_place_value;
      tell_head(out);
      auto const text = describe(root, choices, list->value, false, true);
      if (!text) return text.error();
      events_.commit(*text, out);
      return boost::system::in_place_value;
    }
    auto const outer = edits_.count();
    auto const seen = book_.read(choices, edits_, calls_ ? &*calls_ : nullptr, &events_);
    if (!seen) return seen.error();
    if (seen->redundant)
      return boost::system::in_place_value;  // a second end, or usage beside an ended choice
    if (has_usage || seen->payload) counted_last_ = has_usage;
    output_bytes_ += seen->output_bytes;
    content_started_ |= seen->payload;
    // Choices are sent one by one; where a server puts several into a chunk, all that follows keeps its
    // order.
    tell_head(out);
    auto const text = describe(root, choices, list->value, seen->described, edits_.count() != outer);
    if (!text) return text.error();
    auto& to = seen->ends || hold_all_ ? held_ : out;
    for (auto const choice : seen->ended)
      if (auto whole = complete_calls(choice, to); !whole) return whole;
    events_.commit(*text, to);
    hold_all_ |= seen->ends && seen->goes_on;
    if (held_.bytes() > kHeldMax) return broken_answer("too much behind the end of a choice");
    return boost::system::in_place_value;
  }

  Result<> complete_calls(std::int64_t choice, EventBatch& to) {
    if (!calls_) return boost::system::in_place_value;
    auto const rest = calls_->end(choice);
    if (!rest) return rest.error();
    for (auto const number : *rest) {
      auto text = events_.of_call(choice, number);
      if (!text) continue;
      text->text = "{}";
      to.add(*text);
    }
    return boost::system::in_place_value;
  }

  void end(EventBatch& out) {
    done_ = true;
    tell_head(out);
    out.append(held_);
    held_.clear();
    if (usage_chunk_.body.empty()) return;
    if (auto const root = RawNode::parse(usage_chunk_.body))
      events_.members(*root, conversation::Event::At::ending);
    events_.commit_last(usage_chunk_.body, usage_chunk_.usage_end, out);
  }

  // What chunks that we add have in common with the provider's.
  void tell_head(EventBatch& out) {
    if (head_told_ && head_.id == told_.id && head_.model == told_.model && head_.created == told_.created)
      return;
    head_told_ = true;
    told_ = head_;
    conversation::Event head{conversation::Event::Kind::head, 0};
    head.id = head_.id;
    head.name = head_.model;
    head.created = head_.created;
    out.add(head);
  }

  // Of the first chunk that has them: Azure's very first has them empty.
  void note_identity(RawNode const& root) {
    if (auto const tier = root["service_tier"]; is_string(tier)) usage_.service_tier = read_tier(tier);
    if (identified_) return;
    if (calls_) return note_loose_identity(root);
    if (auto id = name_of(root["id"]); !id.empty()) head_.id = upstream_id_ = std::move(id);
    if (auto const created = count_of(root["created"])) head_.created = *created;
    if (auto model = name_of(root["model"]); !model.empty()) {
      head_.model = std::move(model);
      identified_ = true;
    }
  }

  // What the first chunk that leaves does not tell stays as we made it, whatever later ones say.
  void note_loose_identity(RawNode const& root) {
    if (auto id = name_of(root["id"]); !id.empty()) head_.id = upstream_id_ = std::move(id);
    if (auto const at = seconds_of(root["created"])) head_.created = *at;
    if (auto model = name_of(root["model"]); !model.empty()) head_.model = std::move(model);
    identified_ = root["choices"].size() > 2;
  }

  // True if the chunk has a usage object, which is kept for tail(). "usage":null stays only where the client
  // asked for usage; a provider's `provider` would contradict ours.
  bool edit_members(RawNode const& root, json::Edits& edits) {
    bool has_usage = false;
    if (calls_) {
      mend_root(edits, root, "chat.completion.chunk", head_);
      // Groq's own place for it.
      if (auto const groq = root.child("x_groq"); !groq.empty() && !is_object(root["usage"]))
        if (auto const* told = groq.find("usage")) keep_usage(root, *told);
    }
    for (auto const& m : root.members()) {
      if (m.key == "provider" || m.key == "error") edits.erase_member(root.text(), m);
      // xAI's differs from chunk to chunk; clients may rely on one (invariant 1).
      if (m.key == "created" && !calls_ && identified_ && count_of(root.raw(m)) != head_.created)
        edits.replace(m.value, std::to_string(head_.created));
      if (m.key != "usage") continue;
      has_usage = is_object(root.raw(m));
      if (has_usage) keep_usage(root, m);
      if (!include_usage_)
        edits.erase_member(root.text(), m);
      else if (has_usage)
        edits.replace(m.value, "null");
    }
    return has_usage;
  }

  // The last one wins: some servers count up on every chunk.
  void keep_usage(RawNode const& root, json::Member const& member) {
    if (!is_object(root.raw(member))) return;
    auto tier = std::move(usage_.service_tier);
    usage_ = flavour_.usage(root.child(member));
    usage_.service_tier = std::move(tier);
    usage_.search_context = paid_context_;
    usage_.requests = paid_context_.empty() ? 0 : 1;
    usage_known_ = usage_.reported;
    usage_final_ = usage_known_ && book_.complete();
    if (!usage_known_) return usage_chunk_ = {}, void();
    auto const* own = root.find("usage");
    bool const own_chunk = root["choices"] == "[]" && own && own->value.begin == member.value.begin;
    std::string made;
    if (!own_chunk) made = usage_chunk(head_, root.raw(member)).body;
    auto const chunk = own_chunk ? RawNode{} : RawNode::parse(made).value();
    auto const& source = own_chunk ? root : chunk;
    json::Edits edits;
    edit_collisions(edits, source);
    if (flavour_.mend_usage)
      flavour_.mend_usage(edits, source.child("usage"));
    else if (calls_)
      mend_counts(edits, source.child("usage"), Operation::chat);
    if (calls_ && own_chunk) mend_root(edits, source, "chat.completion.chunk", head_);
    usage_chunk_ = shape(source, edits);
  }

  // A chunk without choices has something for the client if it has members beyond the common ones
  // (`moderation`); Azure's prompt_filter_results, which nobody asked for, would break clients that index
  // choices[0].
  static bool tells_more(RawNode const& root) {
    static constexpr std::array<std::string_view, 12> kCommon{"id",
                                                              "object",
                                                              "created",
                                                              "model",
                                                              "choices",
                                                              "usage",
                                                              "service_tier",
                                                              "system_fingerprint",
                                                              "obfuscation",
                                                              "provider",
                                                              "prompt_filter_results",
                                                              "x_groq"};
    return std::ranges::any_of(
        root.members(), [](auto const& m) { return std::ranges::find(kCommon, m.key) == kCommon.end(); });
  }

  // The chunk as the client gets it, and what it tells. `described`: its choices are; `inside`: an edit is
  // within them.
  Result<std::string_view> describe(RawNode const& root, RawNode const& choices, json::Span list,
                                    bool described, bool inside) {
    if (edits_.empty()) {
      if (!described) events_.choices(choices);
      events_.members(root);
      return root.text();
    }
    auto const moved = edits_.apply_to(root.text(), edited_, list.begin);
    bool const again = inside || ChunkEvents::any_members(root);
    auto const node = again ? RawNode::parse(edited_) : Result<RawNode>{RawNode{}};
    if (!node) return broken_answer(node.error().message());
    if (!described && inside)
      events_.choices(node->child("choices"));
    else if (!described)
      events_.choices(choices);
    if (!inside) events_.move(static_cast<std::ptrdiff_t>(moved) - static_cast<std::ptrdiff_t>(list.begin));
    events_.members(*node);
    return std::string_view{edited_};
  }

  http::SseSplitter splitter_;
  ChoiceBook book_;
  ChunkEvents events_;
  ChunkHead head_, told_;
  Shaped usage_chunk_;
  catalog::Usage usage_;
  std::string upstream_id_, edited_;
  json::Edits edits_;
  EventBatch held_;
  std::int64_t output_bytes_ = 0;
  Flavour flavour_;
  std::optional<CallBook> calls_;  // of a loose server
  std::string paid_context_;       // of a model that is paid by the request, "" = none
  std::int64_t choices_;
  bool include_usage_, identified_ = false, head_told_ = false, usage_known_ = false, usage_final_ = false,
                       hold_all_ = false;
  bool counted_last_ = false;  // no content has come since the last usage
  bool done_ = false, failed_ = false, content_started_ = false;
};

}  // namespace

std::unique_ptr<StreamDecoder> chat_stream(DecodeContext const& context, Flavour flavour) {
  return std::make_unique<ChatStream>(context, flavour);
}

}  // namespace tsg::providers::openai
