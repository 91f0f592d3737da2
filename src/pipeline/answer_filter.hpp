// Content rules on the way back: whole answers by their items, the provider's own bytes by span edits,
// streams through a bounded window.
#pragma once
#include <memory>

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

// The decoder itself, or one around it that holds text back until no rule can match in it any more.
std::unique_ptr<providers::StreamDecoder> filter_stream(RequestContext& ctx,
                                                        std::unique_ptr<providers::StreamDecoder> decoder);

}  // namespace tsg::pipeline
