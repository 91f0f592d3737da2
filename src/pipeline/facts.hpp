// A request as routing sees it.
#pragma once
#include "tsg/pipeline/context.hpp"

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
// Takes the targets that cannot serve the request out of the plan, each with its reason on the record. An
// error if none is left: the client's parameters, named as far as one reason stands for all.
Result<> strike_unfit(RequestContext& ctx);

}  // namespace tsg::pipeline
