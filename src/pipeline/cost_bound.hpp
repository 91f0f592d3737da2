// What a request can cost at most on one target (BUD-3). Pure.
#pragma once
#include <cstdint>
#include <optional>
#include <string_view>

#include "tsg/core/clock.hpp"
#include "tsg/core/money.hpp"
#include "tsg/providers/chat_request.hpp"
#include "tsg/routing/resolver.hpp"

namespace tsg::pipeline {

// What a target of the plan can cost at most (BUD-3).
struct TargetBound {
  TargetBound() = default;
  std::optional<Nano> hold;  // absent: no price is known, or no bound exists
  std::optional<std::int64_t>
      output_limit;                        // to be sent upstream, where the client gave none or a higher one
  std::int64_t output_tokens = INT64_MAX;  // at most, over all choices; INT64_MAX: nobody limits them
  std::int64_t input_tokens = 0;           // at most, with what the model finds by itself
  std::int64_t searches = 0;               // at most, each with its fee
  std::string_view unbounded;              // static: why no bound exists, and the way out; "" = one does
};

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
