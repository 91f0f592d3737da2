#include <algorithm>

#include "providers/effort.hpp"
#include "providers/judge.hpp"
#include "providers/responses/input.hpp"
#include "providers/responses/responses.hpp"
#include "providers/responses/tools.hpp"
#include "providers/stop_window.hpp"
#include "providers/turns.hpp"
#include "tsg/conversation/feature.hpp"

namespace tsg::providers::responses {
namespace {

using conversation::Feature;

std::string_view limit_name(ChatRequest const& request) {
  bool const plain = request.said(Feature::output_limit).empty();
  return conversation::name_of(request.surface, plain ? Feature::output_limit_old : Feature::output_limit);
}

// A limit below what the API takes is nobody's to raise: the client, its policy or the hold said less.
Result<> write_limit(json::Writer& w, ChatRequest const& request, EncodeContext const& context,
                     Flavour const& flavour) {
  auto limit = request.max_tokens;
  if (context.output_limit) limit = std::min(limit.value_or(*context.output_limit), *context.output_limit);
  if (!limit && flavour.output_default > 0) limit = flavour.output_default;
  if (!limit) return boost::system::in_place_value;
  if (auto const least = std::to_string(flavour.output_min); *limit < flavour.output_min)
    return unsupported(std::string{limit_name(request)},
                       "is " + std::to_string(*limit) + " here, and this model takes " + least +
                           " at least: allow " + least + " or more, or choose a model that takes less");
  w.key("max_output_tokens").integer(*limit);
  return boost::system::in_place_value;
}

// Chat refuses the one without the other, and so do we; log probabilities come if they are asked for.
Result<> write_logprobs(json::Writer& w, ChatRequest const& request) {
  auto const raw = request.said(Feature::top_logprobs);
  if (raw.empty() || asks_for_nothing(raw, "0")) return boost::system::in_place_value;
  if (!request.logprobs) return unsupported("top_logprobs", "needs 'logprobs': true beside it");
  w.key("top_logprobs").raw(raw);
  return boost::system::in_place_value;
}

// Models that do not think refuse the question for their thoughts.
bool thinks(EncodeContext const& context) noexcept {
  auto const* model = context.model ? context.model : context.family;
  return !model || model->capabilities.reasoning;
}

void write_include(json::Writer& w, ChatRequest const& request, EncodeContext const& context,
                   Flavour const& flavour) {
  bool const thoughts = flavour.encrypted_reasoning && thinks(context);
  bool const logprobs = flavour.logprobs && request.logprobs;
  if (!thoughts && !logprobs) return;
  w.key("include").begin_array();
  if (thoughts) w.string("reasoning.encrypted_content");
  if (logprobs) w.string("message.output_text.logprobs");
  w.end_array();
}

void write_copied(json::Writer& w, ChatRequest const& request, Flavour const& flavour) {
  for (auto const name : flavour.copied)
    if (auto const raw = request.said(name); !raw.empty()) w.key(name).raw(raw);
}

// The API has no `stop`.
Result<> watch_stops(ChatRequest const& request, UpstreamRequest& out) {
  out.stops = request.stops;
  if (out.stops.empty()) return boost::system::in_place_value;
  if (request.logprobs)
    return unsupported("stop", "cannot be combined with 'logprobs' on this model: leave one of them out");
  out.adapted.push_back(kWatchedStops);
  return stops_bearable(out.stops);
}

}  // namespace

Result<UpstreamRequest> encode(ChatRequest const& request, EncodeContext const& context,
                               Flavour const& flavour) {
  UpstreamRequest out;
  if (auto ok = judge(request, *flavour.treatments, out.dropped); !ok) return ok.error();
  auto const effort = effort_of(request, context, out.dropped);
  if (!effort) return effort.error();
  out.wire = Wire::responses;
  out.path = flavour.path;
  out.stream = request.stream;

  if (auto watched = watch_stops(request, out); !watched) return watched.error();
  auto turns = told(request, out.dropped);
  if (request.json_object && !flavour.json_object) instruct_json(turns, out.adapted);
  ToolNames const names{flavour.names, request.offered, request.items};
  out.renamed = names.back();

  out.body.reserve(request.document.text().size() + 512);  // much the same in another form
  json::Writer w{out.body};
  w.begin_object().key("model").string(context.upstream_model).key("input");
  if (auto ok = write_input(w, turns, context, names, flavour, out.dropped); !ok) return ok.error();
  if (auto ok = write_limit(w, request, context, flavour); !ok) return ok.error();
  if (auto ok = write_tools(w, request, context, names, flavour); !ok) return ok.error();
  if (auto ok = write_format(w, request, flavour); !ok) return ok.error();
  if (!effort->empty()) w.key("reasoning").begin_object().key("effort").string(*effort).end_object();
  write_copied(w, request, flavour);
  if (flavour.logprobs)
    if (auto ok = write_logprobs(w, request); !ok) return ok.error();
  w.key("stream").boolean(request.stream);
  // An answer kept at the provider could be read by every client of this gateway (§2.1).
  w.key("store").boolean(false);
  write_include(w, request, context, flavour);
  w.end_object();
  return out;
}

}  // namespace tsg::providers::responses
