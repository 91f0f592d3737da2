#include "providers/foreign_stream.hpp"

#include <algorithm>

#include "providers/error_shape.hpp"
#include "providers/keep_alive.hpp"
#include "providers/tool_names.hpp"

namespace tsg::providers {

using conversation::Stop;

ForeignStream::ForeignStream(DecodeContext const& context)
    : splitter_{context.event_bytes_max},
      renamed_{context.renamed},
      stops_{context.stops},
      model_{context.asked_model},
      silent_bytes_max_{context.event_bytes_max},
      overlapping_{context.overlapping} {}

Result<> ForeignStream::feed(std::string_view wire, EventBatch& out) {
  if (done_) return boost::system::in_place_value;
  if (failed_) return broken_answer("fed after an error");
  auto const had = out.size();
  bool const fits = splitter_.feed(events_of(wire));
  http::SseSplitter::Event event;
  while (!done_ && splitter_.next(event)) {
    if (pings(event)) continue;
    auto const taken = take(event, out);
    if (!taken) return fail(taken.error());
    if (!broken_.empty()) return fail(broken_answer(broken_));
  }
  if (!done_ && (!fits || splitter_.failed())) return fail(broken_answer("an event beyond the size limit"));
  if (out.size() == had) silent_bytes_ += wire.size();
  if (!done_ && silent_bytes_ > silent_bytes_max_)
    return fail(broken_answer("too much without a part of the answer in it"));
  return boost::system::in_place_value;
}

Result<> ForeignStream::finish(EventBatch& out) {
  if (done_) return boost::system::in_place_value;
  if (failed_) return broken_answer("finished after an error");
  // A last event without its blank line is dropped (SSE-2), unless it is whole and ends the stream: the
  // separator alone cannot make a cut event valid JSON.
  auto ended_by_event = feed("\n\n", out);
  if (!ended_by_event) return ended_by_event;
  if (done_) return boost::system::in_place_value;
  auto const end = ended(out);
  if (!end) return fail(end.error());
  if (!done_) return fail(broken_answer("the stream ended before its terminator"));
  return boost::system::in_place_value;
}

Result<> ForeignStream::ended(EventBatch&) {
  return broken_answer("the stream ended before its terminator");
}

Error ForeignStream::fail(Error error) {
  failed_ = true;
  error.details().billed |= content_started_;
  return error;
}

Result<> ForeignStream::complete(EventBatch& out) {
  bool const whole =
      !choices_.empty() && std::ranges::all_of(choices_, [](auto const& c) { return c.second.ended; });
  if (!whole) return broken_answer("the terminator came before a finish reason");
  tell_head(out);
  done_ = true;
  return boost::system::in_place_value;
}

void ForeignStream::answered_by(std::string model) {
  if (model.empty() || model == model_) return;
  model_ = std::move(model);
  model_told_ = false;
}

void ForeignStream::tell_head(EventBatch& out) {
  if (std::exchange(model_told_, true)) return;
  Event head{Event::Kind::head, 0};
  head.name = model_;
  out.add(head);
}

void ForeignStream::emit(EventBatch& out, ChoiceState& choice, Event const& event) {
  if (!choice.order) return void(out.add(event));
  choice.order->put(event, out);
  if (choice.order->held_bytes() > silent_bytes_max_) broken_ = "too much behind an item that does not end";
}

ForeignStream::ChoiceState* ForeignStream::begin(EventBatch& out, std::int64_t choice, bool payload) {
  auto const [it, fresh] = choices_.try_emplace(choice);
  auto& state = it->second;
  if (state.ended) {
    broken_ = "content after the finish reason of its choice";
    return nullptr;
  }
  if (state.stopped()) return nullptr;  // the client's answer is over, the provider's goes on
  if (fresh) {
    state.number = static_cast<std::uint32_t>(choice);
    if (!overlapping_) state.order.emplace();
  }
  tell_head(out);
  content_started_ |= payload;
  return &state;
}

std::uint32_t ForeignStream::flow(EventBatch& out, ChoiceState& choice, Event::Item kind) {
  if (choice.flows && choice.flow_kind == kind) return choice.flow;
  end_flow(out, choice);
  choice.flows = true;
  choice.flow_kind = kind;
  choice.flow = choice.items++;
  Event open{Event::Kind::open, choice.number, choice.flow};
  open.item_kind = kind;
  emit(out, choice, open);
  return choice.flow;
}

void ForeignStream::end_flow(EventBatch& out, ChoiceState& choice) {
  if (!std::exchange(choice.flows, false)) return;
  Event close{Event::Kind::close, choice.number, choice.flow};
  close.item_kind = choice.flow_kind;
  emit(out, choice, close);
}

void ForeignStream::end_item(EventBatch& out, std::int64_t choice) {
  if (auto const known = choices_.find(choice); known != choices_.end()) end_flow(out, known->second);
}

void ForeignStream::text_piece(EventBatch& out, ChoiceState& choice, Event::Item kind,
                               std::string_view text) {
  if (text.empty()) return;
  Event piece{Event::Kind::text, choice.number, flow(out, choice, kind)};
  piece.item_kind = kind;
  piece.text = text;
  emit(out, choice, piece);
}

void ForeignStream::text_delta(EventBatch& out, Event::Item kind, std::string_view text,
                               std::int64_t choice) {
  if (text.empty()) return;
  output_bytes_ += static_cast<std::int64_t>(text.size());
  if (auto* state = begin(out, choice, true)) text_piece(out, *state, kind, text);
}

void ForeignStream::put_text(EventBatch& out, std::string_view text, std::int64_t choice) {
  if (stops_.empty() || text.empty()) return text_delta(out, Event::Item::text, text, choice);
  output_bytes_ += static_cast<std::int64_t>(text.size());  // also of what the client does not get
  auto* state = begin(out, choice, true);
  if (state == nullptr) return;
  if (!state->stop) state->stop.emplace(stops_);
  flow(out, *state, Event::Item::text);
  text_piece(out, *state, Event::Item::text, state->stop->feed(text));
}
void ForeignStream::put_reasoning(EventBatch& out, std::string_view text, std::int64_t choice) {
  text_delta(out, Event::Item::thought, text, choice);
}
void ForeignStream::put_refusal(EventBatch& out, std::string_view text, std::int64_t choice) {
  text_delta(out, Event::Item::refusal, text, choice);
}

std::int64_t ForeignStream::open_call(EventBatch& out, ChoiceState& choice, Event::Item kind,
                                      std::string_view id, std::string_view name, std::string_view text,
                                      std::string_view extra) {
  if (choice.stop) text_piece(out, choice, Event::Item::text, choice.stop->rest());
  end_flow(out, choice);
  output_bytes_ += static_cast<std::int64_t>(name.size() + text.size());
  auto const place = choice.calls.size();
  auto const item = choice.items++;
  choice.calls.push_back({item, true});
  Event event{Event::Kind::open, choice.number, item};
  event.item_kind = kind;
  event.place = static_cast<std::uint32_t>(place);
  event.id = id;
  event.name = name;
  emit(out, choice, event);
  event.id = event.name = {};
  event.joined = true;
  event.kind = Event::Kind::text;
  event.text = text;
  if (!text.empty()) emit(out, choice, event);
  event.kind = Event::Kind::extra;
  event.at = Event::At::call;
  event.text = {};
  std::string const members = extra.empty() ? "" : "{" + std::string{extra.substr(1)} + "}";
  event.json = members;
  if (!extra.empty()) emit(out, choice, event);
  return static_cast<std::int64_t>(place);
}

void ForeignStream::close_call(EventBatch& out, ChoiceState& choice, std::size_t call, bool partial) {
  if (!std::exchange(choice.calls[call].open, false)) return;
  Event close{Event::Kind::close, choice.number, choice.calls[call].item};
  close.item_kind = Event::Item::call;
  close.place = static_cast<std::uint32_t>(call);
  close.partial = partial;
  emit(out, choice, close);
}

std::int64_t ForeignStream::put_call(EventBatch& out, std::string_view id, std::string_view name,
                                     std::string_view arguments, std::string_view extra,
                                     std::int64_t choice) {
  auto* state = begin(out, choice, true);
  if (state == nullptr) return 0;
  return open_call(out, *state, Event::Item::call, id, own_name(renamed_, name), arguments, extra);
}

void ForeignStream::put_custom_call(EventBatch& out, std::string_view id, std::string_view name,
                                    std::string_view input, std::int64_t choice) {
  auto* state = begin(out, choice, true);
  if (state == nullptr) return;
  auto const call = open_call(out, *state, Event::Item::custom_call, id, own_name(renamed_, name), input, {});
  close_call(out, *state, static_cast<std::size_t>(call), false);
}

void ForeignStream::put_arguments(EventBatch& out, std::int64_t call, std::string_view part,
                                  std::int64_t choice) {
  if (part.empty()) return;
  auto* state = begin(out, choice, true);
  if (state == nullptr) return;
  output_bytes_ += static_cast<std::int64_t>(part.size());
  auto const known = static_cast<std::size_t>(call);
  if (known >= state->calls.size() || !state->calls[known].open) return;
  Event piece{Event::Kind::text, state->number, state->calls[known].item};
  piece.item_kind = Event::Item::call;
  piece.place = static_cast<std::uint32_t>(known);
  piece.text = part;
  emit(out, *state, piece);
}

void ForeignStream::end_call(EventBatch& out, std::int64_t call, std::int64_t choice) {
  auto const known = choices_.find(choice);
  if (known == choices_.end() || known->second.ended) return;
  if (static_cast<std::size_t>(call) < known->second.calls.size())
    close_call(out, known->second, static_cast<std::size_t>(call), false);
}

void ForeignStream::put_citations(EventBatch& out, std::span<std::string const> citations,
                                  std::int64_t choice) {
  if (citations.empty()) return;
  auto* state = begin(out, choice, true);
  if (state == nullptr) return;
  Event event{Event::Kind::citation, state->number, flow(out, *state, Event::Item::text)};
  for (auto const& one : citations) {
    event.json = one;
    emit(out, *state, event);
    event.joined = true;
  }
}

void ForeignStream::put_seal(EventBatch& out, std::string_view sealed, bool thought, std::int64_t choice) {
  if (sealed.empty()) return;
  auto* state = begin(out, choice, true);
  if (state == nullptr) return;
  auto const kind = thought ? Event::Item::thought : Event::Item::text;
  Event event{Event::Kind::seal, state->number, flow(out, *state, kind)};
  event.item_kind = kind;
  event.text = sealed;
  emit(out, *state, event);
  end_flow(out, *state);  // what comes now is sealed by itself
}

void ForeignStream::put_members(EventBatch& out, std::string_view members, std::int64_t choice) {
  auto* state = begin(out, choice, true);
  if (state == nullptr) return;
  Event event{Event::Kind::extra, state->number};
  event.json = members;
  emit(out, *state, event);
}

void ForeignStream::put_logprobs(EventBatch& out, std::string_view logprobs, std::int64_t choice) {
  auto* state = begin(out, choice, true);
  if (state == nullptr) return;
  Event event{Event::Kind::logprobs, state->number};
  event.json = logprobs;
  emit(out, *state, event);
}

void ForeignStream::put_finish(EventBatch& out, std::string_view word, std::int64_t choice) {
  if (auto const known = choices_.find(choice); known != choices_.end() && known->second.ended) return;
  begin(out, choice, false);
  auto& state = choices_[choice];
  bool const stopped = state.stopped();
  if (state.stop && !stopped) text_piece(out, state, Event::Item::text, state.stop->rest());
  end_flow(out, state);
  Event stop{Event::Kind::stop, state.number};
  stop.stop = stopped ? Stop::sequence : stop_meant(word);
  bool const cut = stop.stop == Stop::length || stop.stop == Stop::context_full;
  for (std::size_t call = 0; call < state.calls.size(); ++call) close_call(out, state, call, cut);
  state.ended = true;
  emit(out, state, stop);
}

std::int64_t ForeignStream::calls(std::int64_t choice) const {
  auto const known = choices_.find(choice);
  return known == choices_.end() ? 0 : static_cast<std::int64_t>(known->second.calls.size());
}

void ForeignStream::put_last(EventBatch& out, std::string_view members) {
  if (members.empty()) return;
  Event event{Event::Kind::extra, 0};
  event.at = Event::At::ending;
  auto const json = "{" + std::string{members.substr(1)} + "}";
  event.json = json;
  out.add(event);
}

}  // namespace tsg::providers
