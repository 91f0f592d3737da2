// The half of a stream decoder that all foreign dialects share: the provider's events in, ours out, with the
// invariants of the neutral form held here (conversation/event.hpp): items are opened and closed, one stop
// for each choice and nothing after it, no clean end without the provider's terminator.
#pragma once
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "providers/item_order.hpp"
#include "providers/openai_shape.hpp"
#include "providers/stop_window.hpp"
#include "tsg/http/sse.hpp"
#include "tsg/providers/adapter.hpp"

namespace tsg::providers {

class ForeignStream : public StreamDecoder {
 public:
  Result<> feed(std::string_view wire, EventBatch& out) final;
  Result<> finish(EventBatch& out) final;
  bool done() const noexcept final { return done_; }
  bool content_started() const noexcept final { return content_started_; }
  catalog::Usage const& usage() const noexcept final { return usage_; }
  bool usage_final() const noexcept final { return done_ || usage_final_; }
  std::int64_t output_bytes() const noexcept final { return output_bytes_; }
  std::string const& model() const noexcept final { return model_; }
  std::string const& upstream_id() const noexcept final { return upstream_id_; }
  std::vector<Memo> take_memos() final { return std::move(memos_); }

 protected:
  explicit ForeignStream(DecodeContext const& context);

  // One event of the provider. Errors are final. Ends the stream by complete().
  virtual Result<> take(http::SseSplitter::Event const& event, EventBatch& out) = 0;
  // The part of the wire that is event stream. For providers that may break into it with something else.
  virtual std::string_view events_of(std::string_view wire) { return wire; }
  // The provider's bytes are over and no terminator was seen. For dialects whose terminator is the end of the
  // body once a finish reason has been told: they call complete().
  virtual Result<> ended(EventBatch& out);

  // The provider's name of the model; "" leaves what was known.
  void answered_by(std::string model);

  // Texts go to the item of their kind that is open; another kind closes it.
  void put_text(EventBatch& out, std::string_view text, std::int64_t choice = 0);
  void put_reasoning(EventBatch& out, std::string_view text, std::int64_t choice = 0);
  void put_refusal(EventBatch& out, std::string_view text, std::int64_t choice = 0);
  void end_item(EventBatch& out, std::int64_t choice = 0);  // of text, as the provider parts it
  // A new call: its place among the choice's calls is given back. It is open until end_call(), or its
  // choice's end. `extra`: raw members of a call in chat's shape, each with its leading comma.
  std::int64_t put_call(EventBatch& out, std::string_view id, std::string_view name,
                        std::string_view arguments, std::string_view extra = {}, std::int64_t choice = 0);
  void put_arguments(EventBatch& out, std::int64_t call, std::string_view part, std::int64_t choice = 0);
  void end_call(EventBatch& out, std::int64_t call, std::int64_t choice = 0);
  // A custom tool's call, whole: its input is free text.
  void put_custom_call(EventBatch& out, std::string_view id, std::string_view name, std::string_view input,
                       std::int64_t choice = 0);
  // Told together: raw JSON in chat's shape.
  void put_citations(EventBatch& out, std::span<std::string const> citations, std::int64_t choice = 0);
  // What its maker wants back with the text, or, `thought`, with what was thought before.
  void put_seal(EventBatch& out, std::string_view sealed, bool thought, std::int64_t choice = 0);
  // Members of chat's message, as raw JSON: {"images":[…]}.
  void put_members(EventBatch& out, std::string_view members, std::int64_t choice = 0);
  // The choice's `logprobs`, raw.
  void put_logprobs(EventBatch& out, std::string_view logprobs, std::int64_t choice = 0);
  void put_finish(EventBatch& out, std::string_view word, std::int64_t choice = 0);
  std::int64_t calls(std::int64_t choice = 0) const;  // how many calls were put
  // Raw members of chat's answer, each with its leading comma: citations and the like come last.
  void put_last(EventBatch& out, std::string_view members);
  // The terminator was seen. Wrong before each choice that began has ended.
  Result<> complete(EventBatch& out);

  catalog::Usage usage_;
  bool usage_final_ = false;  // the provider's end was seen, whatever it is worth
  std::string upstream_id_;
  std::vector<Memo> memos_;

 private:
  using Event = conversation::Event;
  struct Call {
    std::uint32_t item;
    bool open;
  };
  struct ChoiceState {
    std::uint32_t number = 0;
    bool ended = false;
    std::uint32_t items = 0;  // opened so far
    bool flows = false;       // an item of text or thoughts is open: `flow`, of kind `flow_kind`
    std::uint32_t flow = 0;
    Event::Item flow_kind = Event::Item::text;
    std::vector<Call> calls;
    std::optional<StopWindow> stop;  // where the gateway watches for `stop`
    std::optional<ItemOrder> order;  // where items may not overlap
    bool stopped() const noexcept { return stop && stop->hit(); }
  };
  // nullptr: the choice has ended.
  ChoiceState* begin(EventBatch& out, std::int64_t choice, bool payload);
  void emit(EventBatch& out, ChoiceState& choice, Event const& event);
  void tell_head(EventBatch& out);
  // The open item of that kind, opened if need be.
  std::uint32_t flow(EventBatch& out, ChoiceState& choice, Event::Item kind);
  void end_flow(EventBatch& out, ChoiceState& choice);
  void text_piece(EventBatch& out, ChoiceState& choice, Event::Item kind, std::string_view text);
  void text_delta(EventBatch& out, Event::Item kind, std::string_view text, std::int64_t choice);
  std::int64_t open_call(EventBatch& out, ChoiceState& choice, Event::Item kind, std::string_view id,
                         std::string_view name, std::string_view text, std::string_view extra);
  void close_call(EventBatch& out, ChoiceState& choice, std::size_t call, bool partial);
  Error fail(Error error);

  http::SseSplitter splitter_;
  std::map<std::int64_t, ChoiceState> choices_;
  NameMap renamed_;
  std::vector<std::string> stops_;
  std::string model_;
  std::int64_t output_bytes_ = 0;
  // Of reads that put nothing out: signatures, ids and places of such are kept, so they are bounded. So is
  // what waits for an item before it.
  std::size_t silent_bytes_ = 0, silent_bytes_max_;
  std::string_view broken_;  // why the stream cannot go on, "" = it can
  bool overlapping_;
  bool model_told_ = true, done_ = false, failed_ = false, content_started_ = false;
};

}  // namespace tsg::providers
