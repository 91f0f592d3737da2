#include "providers/chunk_stream.hpp"

#include <algorithm>

#include "providers/error_shape.hpp"
#include "providers/keep_alive.hpp"
#include "providers/tool_names.hpp"
#include "tsg/json/writer.hpp"

namespace tsg::providers {

ChunkStream::ChunkStream(DecodeContext const& context)
    : splitter_{context.event_bytes_max},
      renamed_{context.renamed},
      stops_{context.stops},
      silent_bytes_max_{context.event_bytes_max},
      include_usage_{context.include_usage},
      legacy_functions_{context.legacy_functions} {
  head_.id = context.id;
  head_.model = context.asked_model;
  head_.created = context.created;
}

Result<> ChunkStream::feed(std::string_view wire, std::string& out) {
  if (done_) return boost::system::in_place_value;
  if (failed_) return broken_answer("fed after an error");
  auto const had = out.size();
  bool const fits = splitter_.feed(events_of(wire));
  http::SseSplitter::Event event;
  while (!done_ && splitter_.next(event)) {
    if (pings(event)) continue;
    auto const taken = take(event, out);
    if (!taken) return fail(taken.error());
    if (late_) return fail(broken_answer("content after the finish reason of its choice"));
  }
  if (!done_ && (!fits || splitter_.failed())) return fail(broken_answer("an event beyond the size limit"));
  if (out.size() == had) silent_bytes_ += wire.size();
  if (!done_ && silent_bytes_ > silent_bytes_max_)
    return fail(broken_answer("too much without a part of the answer in it"));
  return boost::system::in_place_value;
}

Result<> ChunkStream::finish(std::string& out) {
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

Result<> ChunkStream::ended(std::string&) {
  return broken_answer("the stream ended before its terminator");
}

Error ChunkStream::fail(Error error) {
  failed_ = true;
  error.details().billed |= content_started_;
  return error;
}

Result<> ChunkStream::complete() {
  bool const whole =
      !choices_.empty() && std::ranges::all_of(choices_, [](auto const& c) { return c.second.ended; });
  if (!whole) return broken_answer("the terminator came before a finish reason");
  done_ = true;
  return boost::system::in_place_value;
}

bool ChunkStream::begin(std::string& out, std::int64_t choice, bool payload) {
  auto const [it, fresh] = choices_.try_emplace(choice);
  if (it->second.ended) {
    late_ = true;
    return false;
  }
  if (it->second.stopped()) return false;  // the client's answer is over, the provider's goes on
  if (fresh) append_chunk(out, head_, choice, R"({"role":"assistant","content":""})", "", include_usage_);
  content_started_ |= payload;
  return true;
}

void ChunkStream::text_delta(std::string& out, std::string_view member, std::string_view text,
                             std::int64_t choice) {
  if (text.empty()) return;
  output_bytes_ += static_cast<std::int64_t>(text.size());
  if (begin(out, choice, true)) text_chunk(out, member, text, choice);
}

void ChunkStream::text_chunk(std::string& out, std::string_view member, std::string_view text,
                             std::int64_t choice) {
  if (text.empty()) return;
  std::string delta;
  json::Writer w{delta};
  w.begin_object().key(member).string(text).end_object();
  append_chunk(out, head_, choice, delta, "", include_usage_);
}

void ChunkStream::put_text(std::string& out, std::string_view text, std::int64_t choice) {
  if (stops_.empty() || text.empty()) return text_delta(out, "content", text, choice);
  output_bytes_ += static_cast<std::int64_t>(text.size());  // also of what the client does not get
  if (!begin(out, choice, true)) return;
  auto& window = choices_[choice].stop;
  if (!window) window.emplace(stops_);
  text_chunk(out, "content", window->feed(text), choice);
}
void ChunkStream::put_reasoning(std::string& out, std::string_view text, std::int64_t choice) {
  text_delta(out, "reasoning_content", text, choice);
}
void ChunkStream::put_refusal(std::string& out, std::string_view text, std::int64_t choice) {
  text_delta(out, "refusal", text, choice);
}

void ChunkStream::legacy_call(std::string& out, std::string_view name, std::string_view arguments,
                              std::int64_t choice) {
  std::string delta;
  json::Writer w{delta};
  w.begin_object().key("function_call").begin_object();
  if (!name.empty()) w.key("name").string(name);
  w.key("arguments").string(arguments).end_object().end_object();
  append_chunk(out, head_, choice, delta, "", include_usage_);
}

std::int64_t ChunkStream::put_call(std::string& out, std::string_view id, std::string_view name,
                                   std::string_view arguments, std::string_view extra, std::int64_t choice) {
  if (!begin(out, choice, true)) return 0;
  if (auto& window = choices_[choice].stop; window) text_chunk(out, "content", window->rest(), choice);
  name = own_name(renamed_, name);
  auto const call = choices_[choice].calls++;
  output_bytes_ += static_cast<std::int64_t>(name.size() + arguments.size());
  if (legacy_functions_) {  // has a place for the first one only
    if (call == 0) legacy_call(out, name, arguments, choice);
    return call;
  }
  std::string delta;
  json::Writer w{delta};
  w.begin_object().key("tool_calls").begin_array().begin_object().key("index").integer(call);
  w.key("id").string(id).key("type").string("function").key("function").begin_object();
  w.key("name").string(name).key("arguments").string(arguments).end_object();
  delta += extra;
  w.end_object().end_array().end_object();
  append_chunk(out, head_, choice, delta, "", include_usage_);
  return call;
}

void ChunkStream::put_custom_call(std::string& out, std::string_view id, std::string_view name,
                                  std::string_view input, std::int64_t choice) {
  if (!begin(out, choice, true)) return;
  name = own_name(renamed_, name);
  auto const call = choices_[choice].calls++;
  output_bytes_ += static_cast<std::int64_t>(name.size() + input.size());
  std::string delta;
  json::Writer w{delta};
  w.begin_object().key("tool_calls").begin_array().begin_object().key("index").integer(call);
  w.key("id").string(id).key("type").string("custom").key("custom").begin_object();
  w.key("name").string(name).key("input").string(input).end_object();
  w.end_object().end_array().end_object();
  append_chunk(out, head_, choice, delta, "", include_usage_);
}

void ChunkStream::put_arguments(std::string& out, std::int64_t call, std::string_view part,
                                std::int64_t choice) {
  if (part.empty() || !begin(out, choice, true)) return;
  output_bytes_ += static_cast<std::int64_t>(part.size());
  if (legacy_functions_) {
    if (call == 0) legacy_call(out, "", part, choice);
    return;
  }
  std::string delta;
  json::Writer w{delta};
  w.begin_object().key("tool_calls").begin_array().begin_object().key("index").integer(call);
  w.key("function").begin_object().key("arguments").string(part).end_object();
  w.end_object().end_array().end_object();
  append_chunk(out, head_, choice, delta, "", include_usage_);
}

void ChunkStream::put_delta(std::string& out, std::string_view delta, std::int64_t choice) {
  if (begin(out, choice, true)) append_chunk(out, head_, choice, delta, "", include_usage_);
}

void ChunkStream::put_logprobs(std::string& out, std::string_view logprobs, std::int64_t choice) {
  if (begin(out, choice, true)) append_chunk(out, head_, choice, "{}", "", include_usage_, logprobs);
}

void ChunkStream::put_finish(std::string& out, std::string_view word, std::int64_t choice) {
  if (auto const known = choices_.find(choice); known != choices_.end() && known->second.ended) return;
  begin(out, choice, false);
  auto& state = choices_[choice];
  bool const stopped = state.stopped();
  if (state.stop && !stopped) text_chunk(out, "content", state.stop->rest(), choice);
  state.ended = true;
  auto reason = stopped ? std::string_view{"stop"} : finish_reason(word);
  if (legacy_functions_ && reason == "tool_calls") reason = "function_call";
  append_chunk(out, head_, choice, "{}", reason.empty() ? "stop" : reason, include_usage_);
}

std::int64_t ChunkStream::calls(std::int64_t choice) const {
  auto const known = choices_.find(choice);
  return known == choices_.end() ? 0 : known->second.calls;
}

void ChunkStream::adopt(catalog::Usage const& estimate) {
  auto tier = std::move(usage_.service_tier);
  usage_ = estimate;
  usage_.service_tier = std::move(tier);
  usage_adopted_ = true;
}

std::string ChunkStream::tail(std::string_view provider, std::optional<Nano> cost) const {
  if (!done_) return {};
  auto chunk = usage_chunk(head_, "");
  chunk.body.insert(chunk.body.size() - 1, last_members_);
  return stream_tail(chunk, usage_, usage_.reported || usage_adopted_, include_usage_, provider, cost);
}

}  // namespace tsg::providers
