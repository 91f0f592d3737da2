// What a request can cost at most on one target (BUD-3). Pure.
#pragma once
#include "tsg/pipeline/context.hpp"

namespace tsg::pipeline {

struct BoundInput {
  BoundInput() = default;
  std::int64_t input_tokens = 0;
  std::int64_t output_default = 0;  // tokens per choice where the client gives none
  bool embeddings = false;
  bool budgeted = false;  // then the bound must hold, so the limit is sent upstream
  WallTime time;
};
TargetBound bound_of(routing::Target const& target, providers::ChatRequest const& request,
                     BoundInput const& in);

// There is no bound, and would be one without the service tier asked for.
bool tier_unpriced(routing::Target const& target, providers::ChatRequest const& request,
                   BoundInput const& in);

// The largest output per choice whose bound is within `room`, at least 1; nullopt: none is.
std::optional<TargetBound> lowered_to(Nano room, routing::Target const& target,
                                      providers::ChatRequest const& request, BoundInput const& in);

}  // namespace tsg::pipeline
