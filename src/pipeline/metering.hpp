// From what a provider says it used, or does not say, to what is billed.
#pragma once
#include <algorithm>
#include <chrono>
#include <string_view>

#include "tsg/catalog/usage.hpp"
#include "tsg/pipeline/context.hpp"

namespace tsg::pipeline {

// Every count from 0 to 2^40. What is not is never credited: the estimate is billed, with an alert.
bool plausible(catalog::Usage const& usage) noexcept;

// What an answer can have cost that nobody counted (BUD-6, BUD-7): the input bound, and
// - of a stream: the bytes that came, and what was under way when we stopped reading;
// - of a whole answer that did not come: all it was allowed to be. As after a crash, money is not forgotten.
// Never more than the request's own output bound. Fees that every answer of the model costs are in it.
catalog::Usage estimate_of_stream(RequestContext const& ctx, std::int64_t output_bytes,
                                  std::int64_t under_way);
catalog::Usage estimate_of_answer(RequestContext const& ctx, std::optional<std::int64_t> output_bytes);
// Of a stream that broke while its provider kept a running count: that, and what was under way.
catalog::Usage estimate_of_running(RequestContext const& ctx, catalog::Usage running, std::int64_t under_way);
// Tokens a fast model produces in about a second: the most that is taken to be on its way when a stream is
// given up.
constexpr std::int64_t kUnderWay = 256;

// Output of a stream while it runs, as a count that a well-behaved provider never passes: no more tokens than
// events with content, nor than bytes, and no fewer than one for every 32 bytes. A stream that reaches its
// bound all the same ignores max_tokens, and is cut.
class OutputCount {
 public:
  // `counted`: the provider has reported usage by now. If content still comes, that is a running count.
  void note(std::string_view client_events, std::int64_t output_bytes, bool counted = false) noexcept {
    auto const more = output_bytes - bytes_;
    bytes_ = output_bytes;
    if (more <= 0) return;
    running_ |= counted;
    std::int64_t events = 0;
    for (auto at = client_events.find("data: "); at != std::string_view::npos;
         at = client_events.find("\n\ndata: ", at + 1))
      ++events;
    by_events_ += std::min(events, more);
  }
  std::int64_t tokens() const noexcept { return std::max(by_events_, bytes_ / kBytesPerToken); }
  std::int64_t bytes() const noexcept { return bytes_; }
  bool running() const noexcept { return running_; }
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
  std::int64_t by_events_ = 0, bytes_ = 0;
  std::chrono::nanoseconds waited_{};
  SteadyTime read_at_;
  bool running_ = false;
};

}  // namespace tsg::pipeline
