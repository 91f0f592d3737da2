// What a record says of content without holding any: HMAC-SHA-256 under a key of the organisation and the
// request, so that two equal texts never look equal and nobody without the gateway's commitment key can test
// a guess. src/audit/FORMAT.md says how an auditor does.
#pragma once
#include <string>
#include <string_view>

#include "tsg/core/task.hpp"
#include "tsg/pipeline/context.hpp"

namespace tsg::pipeline {

// Only once the key of the request is known; before it there is nobody whose content it would be.
std::string commitment(RequestContext& ctx, std::string_view bytes);  // "hmac-sha256-org:<64 hex digits>"

// Of the body as it came, into the record. A large one in slices: others of this worker get their turn.
Task<> commit_request(RequestContext& ctx, std::string_view body);

// Of a stream: what is handed to the connection before the record is committed, and its commitment then.
void put_out(RequestContext& ctx, std::string_view bytes);
void commit_put_out(RequestContext& ctx);  // nothing was: nothing is said

// The model as a record may name it: a word that we know (what was asked for, an id of the catalogue, or the
// asked name with a version behind it). Anything else is the provider's text: the record gets the name that
// was asked for, and a commitment of what came.
std::string recorded_model(RequestContext& ctx, std::string_view reported);

// A parameter as a record may name it: the member of the body it is of, where that target's dialect knows it;
// "" otherwise, for members have the names that clients give them.
std::string_view recorded_parameter(RequestContext const& ctx, std::size_t target, std::string_view param);

}  // namespace tsg::pipeline
