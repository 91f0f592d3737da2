// Who is asked, and who next: the attempts of one request. Decides; sends nothing and waits for nothing.
// README.md of src/routing has the rules.
#pragma once
#include <optional>
#include <vector>

#include "tsg/pipeline/context.hpp"
#include "tsg/routing/board.hpp"
#include "tsg/routing/retry.hpp"

namespace tsg::pipeline {

class Attempts {
 public:
  explicit Attempts(RequestContext& ctx);

  struct Next {
    std::size_t target = 0;  // index into ctx.plan.targets
    ProviderCredential const* credential = nullptr;
    routing::Endpoint* endpoint = nullptr;
    std::chrono::milliseconds wait{0};
  };
  // nullopt: nobody is left, or no attempt, or no time.
  std::optional<Next> next();
  // Sends are bracketed by these two. false: a probe is under way there, ask next() again.
  bool begin(Next const& next);
  routing::Verdict failed(routing::Failed stage, Error const& error, int status);
  void succeeded(std::chrono::microseconds first_byte);
  // The target cannot take this request after all (parameters, budget): nothing was sent.
  void strike(std::size_t target);
  // The request ended without saying anything about the endpoint (client gone).
  void abandon();

  int made() const noexcept { return made_; }
  // Is there anybody after the one in use? If not, the request's bytes need not be kept.
  bool more() const;
  bool routed() const noexcept { return ctx_.plan.spec != nullptr; }

 private:
  struct Choice {  // one target under one credential
    std::size_t target = 0;
    ProviderCredential const* credential = nullptr;
    routing::Endpoint* endpoint = nullptr;
    int failures = 0;
    bool dead = false;        // permanent, or struck
    SteadyTime not_before{};  // what the provider asked for
    std::optional<std::chrono::milliseconds> retry_after;
  };
  std::optional<std::size_t> fresh(bool insist) const;
  std::optional<Next> again();
  Next taken(std::size_t choice, bool insist, std::chrono::milliseconds wait);

  RequestContext& ctx_;
  std::shared_ptr<Credentials const> stored_;  // choices point into it
  routing::Random random_;
  std::vector<Choice> choices_;  // in the order in which they are wanted
  int made_ = 0, most_ = 1;
  std::optional<std::size_t> current_;
  bool insist_ = false;
  routing::Endpoint::Permit permit_;
};

// What the gateway remembers an endpoint by.
std::string_view health_name(routing::Target const& target) noexcept;
// Health of each target of the plan, as ranking wants it: the best of its credentials.
// `org`: who asks; it decides which credentials there are.
std::vector<routing::View> views_of(routing::Plan const& plan, Services& services, Runtime const& runtime,
                                    std::string_view org);
std::uint64_t seed_of(RequestId const& id) noexcept;

}  // namespace tsg::pipeline
