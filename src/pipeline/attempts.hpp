// Who is asked, and who next: the attempts of one request. Decides; sends nothing and waits for nothing.
// README.md of src/routing has the rules.
#pragma once
#include <optional>
#include <vector>

#include "pipeline/purchase.hpp"
#include "pipeline/router.hpp"
#include "tsg/routing/board.hpp"
#include "tsg/routing/retry.hpp"

namespace tsg::pipeline {

class Attempts {
 public:
  Attempts(Purchase const& purchase, Order const& order, Body body);
  Attempts(Attempts const&) = delete;
  Attempts& operator=(Attempts const&) = delete;
  ~Attempts() { abandon(); }  // whatever happened: nothing stays counted

  struct Next {
    conversation::Prompt const* prompt = nullptr;  // to be sent; there until forget_words()
    std::size_t target = 0;                        // index into the plan's targets
    ProviderCredential const* credential = nullptr;
    routing::Endpoint* endpoint = nullptr;
    std::chrono::milliseconds wait{0};
  };
  // nullopt: nobody is left, or no attempt, or no time.
  std::optional<Next> next();
  // Our quota for the next one's credential; nullptr = none. What it grants is told, and given back at the
  // end of the attempt.
  Quota* quota() const noexcept;
  config::Quota const& quota_limits() const noexcept { return *choices_[*current_].limits; }
  Quota::Charge expected() const;  // of the next one
  void quota_granted(Quota::Charge const& charge) { charged_ = charge; }
  // Sends are bracketed by these two. false: a probe is under way there, ask next() again.
  bool begin(Next const& next);
  // `used`: what the provider has done for it, as far as is known.
  routing::Verdict failed(routing::Failed stage, Error const& error, int status, Quota::Charge const& used);
  void succeeded(std::chrono::microseconds first_byte, Quota::Charge const& used);
  // The target cannot take this request after all (parameters, budget): nothing was sent.
  void strike(std::size_t target);
  // Not under this credential: our quota for it is used up.
  void skip();
  // The request ended without saying anything about the endpoint (client gone, nothing sent).
  void abandon(Quota::Charge const& used = {});

  // What the provider's head says is left of its limits, in thousandths.
  void note_remaining(std::int64_t permille) { choices_[*current_].endpoint->set_remaining(permille); }
  int made() const noexcept { return made_; }
  // Is there anybody after the one in use? If not, the request's bytes need not be kept.
  bool more() const;
  bool routed() const noexcept { return plan_.spec != nullptr; }

  // What is asked for. Its words have only those who are next; nobody is after one of the others.
  conversation::Facts const& asked() const noexcept { return body_.prompt; }
  void forget_words() { body_.prompt.release(); }  // they are on their way in another form
  void release_body() {                            // none of them is left
    forget_words();
    body_.held.release();
  }

 private:
  struct Choice {  // one target under one credential
    std::size_t target = 0;
    ProviderCredential const* credential = nullptr;
    routing::Endpoint* endpoint = nullptr;
    Quota* quota = nullptr;
    config::Quota const* limits = nullptr;  // lives in the request's runtime
    int failures = 0;
    bool dead = false;        // permanent, or struck
    SteadyTime not_before{};  // what the provider asked for
  };
  std::optional<std::size_t> fresh(bool insist) const;
  std::optional<Next> again();
  Next taken(std::size_t choice, bool insist, std::chrono::milliseconds wait);
  void give_back(Quota::Charge const& used) noexcept;

  RequestContext& ctx_;
  PricedPlan const& plan_;
  std::string const& org_;
  Body body_;
  std::shared_ptr<Credentials const> stored_;  // choices point into it
  routing::Random random_;
  std::vector<Choice> choices_;  // in the order in which they are wanted
  int made_ = 0, most_ = 1;
  std::optional<std::size_t> current_;
  bool insist_ = false, begun_ = false;
  routing::Endpoint::Permit permit_;
  std::optional<Quota::Charge> charged_;  // of the current one's quota
};

// What the gateway remembers an endpoint by.
std::string_view health_name(routing::Target const& target) noexcept;
// Health of each target of the plan, as ranking wants it: the best of its credentials.
// `org`: who asks; it decides which credentials there are.
std::vector<routing::View> views_of(routing::Plan const& plan, Services& services, Runtime const& runtime,
                                    std::string_view org);
std::uint64_t seed_of(RequestId const& id) noexcept;

}  // namespace tsg::pipeline
