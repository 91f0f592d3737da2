// The policy stage without a request: what would be decided, by the same code, with nothing taken.
#pragma once
#include <boost/asio/ip/address.hpp>
#include <optional>
#include <string>
#include <vector>

#include "tsg/audit/record.hpp"
#include "tsg/governance/decide.hpp"
#include "tsg/governance/meter.hpp"
#include "tsg/pipeline/services.hpp"
#include "tsg/providers/chat_request.hpp"

namespace tsg::pipeline {

struct Hypothesis {
  Hypothesis(keys::Key const& k, WallTime t) : key{k}, now{t} {}
  keys::Key const& key;
  WallTime now;
  providers::Operation operation = providers::Operation::chat;
  boost::asio::ip::address client;
  std::string body;
};

struct Rehearsal {
  std::optional<Error> refusal;
  std::string policy_version;
  std::vector<std::string> policies;  // sources, widest first
  std::vector<governance::Matched> matched;
  std::vector<audit::Candidate> candidates;
  std::optional<std::int64_t> max_tokens;  // what would be sent, where a policy lowers it
  std::vector<std::string> limits;         // sources of the rate limits that apply
  governance::Standing standing;           // what the request would leave of the tightest
};

Rehearsal rehearse(Services& services, Hypothesis what);

}  // namespace tsg::pipeline
