// The policy engine: pure questions about a request, answered from the levels that apply.
#pragma once
#include <boost/asio/ip/address.hpp>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "tsg/governance/world.hpp"

namespace tsg::governance {

struct Facts {  // of one request; views live as long as the call
  std::string_view environment;
  WallTime now;
  boost::asio::ip::address client;
  std::optional<std::int64_t> max_tokens;  // the client's
  std::int64_t input_bytes = 0;
  bool tools = false, server_tools = false, images = false, audio = false, files = false, user = false;
  bool generates = true;  // false: embeddings, which put out no tokens
};

struct Candidate {                   // one target of the plan
  std::string_view provider, model;  // instance id; the model as the provider knows it
  std::string_view catalogue_model;  // the catalogue's id, "" = unknown
  bool default_instance = false;
  bool searches = false;  // without being asked to by a tool: a server tool all the same
  std::span<std::string const> tags;
};

struct Matched {  // a rule that had an effect
  Matched() = default;
  Matched(std::string s, std::string r, std::string e)
      : source{std::move(s)}, rule{std::move(r)}, effect{std::move(e)} {}
  std::string source;  // "policy team/acme.core v3"
  std::string rule;    // "max_tokens", "content.no-cards"
  std::string effect;  // "deny", "clamp 4096", "redact 2"
};

// policy_denied, with `rule` = source + rule.
Error denied(std::string const& source, std::string const& rule, std::string message);

// `max_tokens`: the lowest a policy clamps to, where that is
// below what the client asked or it asked for none.
struct Allowed {
  std::optional<std::int64_t> max_tokens;
  std::string lower_over_budget;  // source of a policy that says so, where none says refuse
  bool strict_parameters = false;
  std::vector<Matched> matched;
};
// Environment, time and network: what holds for every route.
Result<> check_access(Levels const& levels, Facts const& facts);
// What the body asks for. Does not repeat check_access().
Result<Allowed> check_request(Levels const& levels, Facts const& facts);
// nullopt: the target may be used.
std::optional<Error> check_target(Levels const& levels, Candidate const& candidate);

}  // namespace tsg::governance
