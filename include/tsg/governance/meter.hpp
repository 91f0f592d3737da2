// Rate limits at work: all levels or none (LIM-2). Thread-safe; every limit document has its own counters,
// so memory is bounded by the documents and requests of different teams do not meet.
#pragma once
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "tsg/core/clock.hpp"
#include "tsg/core/error.hpp"
#include "tsg/governance/world.hpp"

namespace tsg::governance {

class Meter {
 private:
  friend class Lease;
  std::mutex mutex_;
  std::int64_t requests_ = 0, input_ = 0, output_ = 0;  // GCRA states
  std::int64_t aside_ = 0;                              // of what must not take from requests_: Uncharged
  std::int64_t running_ = 0;
};

struct Charge {  // tokens are estimates, corrected by Lease::settle()
  std::int64_t input_tokens = 0, output_tokens = 0;
  // It may turn out to be a replay, which costs no tokens: too few of them are reported beside the lease
  // (tokens_refused), not refused.
  bool perhaps_replay = false;
};

// The tightest limits of a request, for x-ratelimit-* headers; absent: no such limit.
struct Standing {
  struct Line {
    std::string source;  // "limit org/acme v1 requests_per_minute"
    std::int64_t limit = 0, remaining = 0, reset_ns = 0;
  };
  std::optional<Line> requests, tokens;
};
std::string go_duration(std::int64_t ns);  // "6m0s", "12ms": the form OpenAI's header has

// What a request that is not admitted is counted under. A refusal that is the client's own doing takes from
// the rate of calls. What is only read (models, own usage), what a rate limit refuses (LIM-1: it takes
// nothing) and what we are too busy for have a rate of the same size of their own.
enum class Uncharged : std::uint8_t { refusal, aside };
enum class Room : std::uint8_t {
  unlimited,
  within,
  beyond
};  // of requests_per_minute, at all levels or none

// What one request has taken from its limits. What it took of concurrency goes back when it dies.
class Lease {
 public:
  Lease() = default;
  Lease(Lease&& other) noexcept;
  Lease& operator=(Lease&& other) noexcept;
  ~Lease();

  // Would it pass now? Takes nothing. rate_limited says which limit, since when full, and when to retry.
  static Result<> check(Levels const& levels, Charge const& charge, SteadyTime now, WallTime wall);
  // The same, and what would be left.
  static Result<Standing> look(Levels const& levels, Charge const& charge, SteadyTime now, WallTime wall);
  static Result<Lease> take(Levels const& levels, Charge const& charge, SteadyTime now, WallTime wall);
  // Counts a request that is not admitted, where its rate has room; `beyond` takes nothing.
  static Room count(Levels const& levels, Uncharged what, SteadyTime now);
  Standing const& standing() const noexcept { return standing_; }
  // Only of a charge that is perhaps a replay: no tokens were taken, and what is not one must end with this.
  std::optional<Error> const& tokens_refused() const noexcept { return tokens_refused_; }

  // The end: what was really used. Once; later calls do nothing.
  void settle(std::int64_t input_tokens, std::int64_t output_tokens, SteadyTime now) noexcept;
  // The request never was: everything goes back. A replayed answer keeps its one request.
  void undo(bool keep_request, SteadyTime now) noexcept;

 private:
  static Result<Lease> attempt(Levels const& levels, Charge const& charge, SteadyTime now, WallTime wall,
                               bool take);
  void leave() noexcept;
  std::vector<std::shared_ptr<AttachedLimit const>> limits_;
  Charge charge_;
  Standing standing_;
  std::optional<Error> tokens_refused_;
  bool settled_ = false;
};

}  // namespace tsg::governance
