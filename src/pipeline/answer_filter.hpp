// Content rules on the way back: whole answers by span edits. Streams are in stream_filter.hpp.
#pragma once
#include "tsg/governance/filter.hpp"
#include "tsg/governance/places.hpp"
#include "tsg/pipeline/context.hpp"
#include "tsg/providers/adapter.hpp"

namespace tsg::pipeline {

// The client asked for an answer that is JSON: it stays JSON, whatever is redacted in it.
bool answers_json(providers::ChatRequest const& chat) noexcept;

// What its texts are, by where they stand.
governance::Place const& answer_place(RequestContext const& ctx) noexcept;
json::Limits answer_limits() noexcept;
void note_matched(RequestContext& ctx, governance::Tally const& tally);  // into the record

// Error: policy_denied; the answer must not leave. Cheap without content rules.
Result<> filter_answer(RequestContext& ctx, providers::Answer& answer);

// An answer that was kept, before it is given again: the rules of today hold, whatever held when it came.
// `events`: it was a stream.
Result<> filter_stored(RequestContext& ctx, bool events, std::string& body);
Result<> filter_events(RequestContext& ctx, std::string& events);

}  // namespace tsg::pipeline
