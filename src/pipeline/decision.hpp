// What the policy stage decides, apart from the request that asks: the same code answers a client and
// POST /admin/v1/policies/test.
#pragma once
#include <boost/asio/ip/address.hpp>
#include <optional>
#include <string>
#include <vector>

#include "tsg/audit/record.hpp"
#include "tsg/governance/decide.hpp"
#include "tsg/pipeline/services.hpp"
#include "tsg/providers/chat_request.hpp"
#include "tsg/routing/resolver.hpp"

namespace tsg::pipeline {

struct Question {
  Question(Runtime const& r, keys::Key const& k, governance::Levels l, WallTime t)
      : runtime{r}, key{k}, levels{l}, now{t} {}
  Runtime const& runtime;
  keys::Key const& key;
  governance::Levels levels;
  WallTime now;
  providers::Operation operation = providers::Operation::chat;
  bool strict = false;  // the client asked to be refused rather than served without a parameter
};

// Filled as far as the decision came, also if it is a refusal: the record shows how far that was.
struct Decision {
  Decision() = default;
  std::optional<providers::ChatRequest> chat;  // as it will be sent: after redaction
  routing::Plan plan;                          // only targets the key and every policy allow
  std::vector<audit::Candidate> candidates;    // the others, with the reason
  std::vector<governance::Matched> matched;
  std::optional<std::int64_t> max_tokens;  // lowered to this by a policy
  std::string lower_over_budget;           // the policy that lets it be lowered into what a budget has left
};

Result<> decide(Question const& question, std::string body, Decision& out);

// nullopt: no policy forbids the target. `entry`: the catalogue's, nullptr = unknown.
std::optional<Error> forbidden_target(governance::Levels const& levels, config::Provider const& provider,
                                      std::string_view model, catalog::Model const* entry, bool searches);

}  // namespace tsg::pipeline
