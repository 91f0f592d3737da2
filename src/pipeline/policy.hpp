// May they: the body, read and judged.
#pragma once
#include <optional>
#include <string>

#include "pipeline/commitments.hpp"
#include "pipeline/key_auth.hpp"
#include "tsg/conversation/prompt.hpp"
#include "tsg/pipeline/context.hpp"
#include "tsg/routing/resolver.hpp"

namespace tsg::pipeline {

// The client's words, and their share of the bound of all bodies. One owner, who lets both go.
struct Body {
  explicit Body(conversation::Prompt p) : prompt{std::move(p)} {}
  conversation::Prompt prompt;  // as it will be sent: after redaction
  Bodies::Share held;
};

// What is asked for, and who may be asked.
struct Understood {
  Understood(Body b, Commitments c) : body{std::move(b)}, commitments{std::move(c)} {}
  Body body;
  routing::Plan plan;                        // only targets that this key may use, in the order written
  routing::Facts facts;                      // of routes only
  std::optional<Digest> fingerprint;         // of the body as sent, where an Idempotency-Key needs it
  std::string lower_over_budget;             // the policy that lowers max_tokens, not refuses; "" = none
  std::optional<Streams::Slot> stream_slot;  // while a streamed answer is owed
  Commitments commitments;                   // of this request; its key dies with it
};

// An unauthenticated body is never read. What is known goes into the record, also of a refusal.
Task<Understood> understand(RequestContext& ctx, Caller const& caller, conversation::Operation operation);

}  // namespace tsg::pipeline
