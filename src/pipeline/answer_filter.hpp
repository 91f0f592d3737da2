// Content rules on the way back: whole answers by span edits, streams through a bounded window.
#pragma once
#include <memory>

#include "tsg/pipeline/context.hpp"
#include "tsg/providers/adapter.hpp"

namespace tsg::pipeline {

// The client asked for an answer that is JSON: it stays JSON, whatever is redacted in it.
bool answers_json(providers::ChatRequest const& chat) noexcept;

// Error: policy_denied; the answer must not leave. Cheap without content rules.
Result<> filter_answer(RequestContext& ctx, providers::Answer& answer);

// The decoder itself, or one around it that holds text back until no rule can match in it any more.
std::unique_ptr<providers::StreamDecoder> filter_stream(RequestContext& ctx,
                                                        std::unique_ptr<providers::StreamDecoder> decoder);

}  // namespace tsg::pipeline
