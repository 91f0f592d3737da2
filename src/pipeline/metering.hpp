// From what a provider says it used, or does not say, to what is billed.
#pragma once
#include <algorithm>
#include <chrono>
#include <optional>
#include <string_view>

#include "pipeline/cost_bound.hpp"
#include "tsg/catalog/usage.hpp"
#include "tsg/conversation/prompt.hpp"

namespace tsg::pipeline {

// The answer of one target, as far as it is known before it comes.
struct Expected {
  Expected(catalog::Model const* m, TargetBound const& b, conversation::Facts const& a, std::int64_t in,
           std::int64_t out, WallTime t)
      : model{m}, bound{b}, asked{a}, input_bound{in}, output_default{out}, time{t} {}
  catalog::Model const* model;  // nullptr: unknown to the catalogue
  TargetBound const& bound;
  conversation::Facts const& asked;
  std::int64_t input_bound;     // tokens, without what the model finds by itself
  std::int64_t output_default;  // tokens per choice where nothing limits them
  WallTime time;
};

// Every count is one that the target can produce: none below zero, and none beyond a small multiple of its
// context window, its output limit, and what the request's own bound allows for searches; nor a cost beyond a
// multiple of both the hold and the list price. What is not is never credited: the bound is billed, with an
// alert.
bool plausible(Expected const& expected, catalog::Usage const& usage) noexcept;

// Whether the target may spend what no byte of the answer shows: a model that may think, unless the request
// turned it off (`may_think`); tools that run at the provider. Then only the provider's count says what it
// was.
bool may_hide(Expected const& expected, bool may_think) noexcept;

// All that the answer was allowed to be (BUD-6): for one of which nothing is known, or whose cost does not
// show. Where nothing limits the searches of a key without a budget: ten of them, and a full context.
catalog::Usage bound_of_answer(Expected const& expected);
// What an answer can have cost whose cost shows and which nobody counted (BUD-7): the input bound, and the
// bytes that came; of a stream also what was under way when we stopped reading. Never more than the request's
// own output bound. Fees that every answer of the model costs are in both.
catalog::Usage estimate_of_seen(Expected const& expected, std::int64_t output_bytes,
                                std::int64_t under_way = 0);
// Of a stream that broke while its provider kept a running count: that, and what was under way.
catalog::Usage estimate_of_running(Expected const& expected, catalog::Usage running, std::int64_t under_way);
// Tokens a fast model produces in about a second: the most that is taken to be on its way when a stream is
// given up.
constexpr std::int64_t kUnderWay = 256;

// Output of a stream while it runs, as a count that a well-behaved provider never passes: no more tokens than
// events with content, nor than bytes, and no fewer than one for every 32 bytes. A stream that reaches its
// bound all the same ignores max_tokens, and is cut.
class OutputCount {
 public:
  // `counted`: the output that the provider has reported by now. If content comes with it or after it, that
  // is a running count; unless it falls behind ours, as one does that was told once and stays.
  void note(std::size_t content_events, std::int64_t output_bytes,
            std::optional<std::int64_t> counted = {}) noexcept {
    auto const more = output_bytes - bytes_;
    bytes_ = output_bytes;
    trails_ = counted == counted_ && (trails_ || more > 0);
    counted_ = counted;
    if (more <= 0) return;
    by_events_ += std::min(static_cast<std::int64_t>(content_events), more);
    running_ = counted && *counted + kSlack >= tokens();
  }
  std::int64_t tokens() const noexcept { return std::max(by_events_, bytes_ / kBytesPerToken); }
  std::int64_t bytes() const noexcept { return bytes_; }
  bool running() const noexcept { return running_; }
  bool trails() const noexcept { return trails_; }  // content has come since the count last changed
  // There is a count that moves with the content, and no silence since in which a model may have thought.
  bool current(SteadyTime now) const noexcept { return running_ && !trails_ && now - read_at_ < kCurrent; }
  // One read: how long the provider let us wait. For its first content it thinks, which says nothing of its
  // pace.
  void waited(SteadyTime from, SteadyTime to) noexcept {
    if (bytes_ > 0) waited_ += to - from;
    read_at_ = to;
  }
  // Tokens that the provider may have made after the last we read, by its own pace: what came in the time we
  // waited for it. Where that was no time we are the slower side, and more may lie in between: then the most.
  std::int64_t under_way(SteadyTime now) const noexcept;

 private:
  static constexpr std::int64_t kBytesPerToken = 32;
  static constexpr std::int64_t kSlack = 8;  // events without a token of their own: role, finish
  static constexpr std::chrono::seconds kCurrent{1};
  std::int64_t by_events_ = 0, bytes_ = 0;
  std::chrono::nanoseconds waited_{};
  SteadyTime read_at_;
  std::optional<std::int64_t> counted_;
  bool running_ = false, trails_ = false;
};

}  // namespace tsg::pipeline
