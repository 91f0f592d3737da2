// A request as routing sees it.
#pragma once
#include <string>
#include <vector>

#include "pipeline/key_auth.hpp"
#include "tsg/audit/record.hpp"
#include "tsg/providers/chat_request.hpp"
#include "tsg/routing/decision.hpp"

namespace tsg::pipeline {

struct Asker {
  Asker() = default;
  Asker(std::string k, std::string o, std::string t, std::string e)
      : key_id{std::move(k)}, org{std::move(o)}, team{std::move(t)}, environment{std::move(e)} {}
  std::string key_id, org, team, environment;
};
// `secret`: what conversations stick by is hashed under it.
routing::Facts facts_of(providers::ChatRequest const& chat, Asker const& asker, routing::Plan const& plan,
                        config::Limits const& limits, crypto::SecretKey const& secret);
// Of a route: takes the targets that cannot serve the request out of the plan, each with its reason. An error
// if none is left: the client's parameters, named as far as one reason stands for all.
Result<routing::Facts> strike_unfit(routing::Plan& plan, providers::ChatRequest const& chat,
                                    Caller const& caller, Runtime const& runtime,
                                    crypto::SecretKey const& secret,
                                    std::vector<audit::Candidate>& candidates);

}  // namespace tsg::pipeline
