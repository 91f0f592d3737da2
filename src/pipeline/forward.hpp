// What plain answers and streams share while they are forwarded.
#pragma once
#include <memory>
#include <string>

#include "pipeline/settlement.hpp"
#include "tsg/providers/adapter.hpp"
#include "tsg/upstream/client.hpp"

namespace tsg::pipeline {

// One attempt at one target, from the encoded request to the end of the answer.
struct Forwarding {
  Forwarding(RequestContext& c, providers::ProviderAdapter const& a) : ctx{c}, adapter{a} {}
  RequestContext& ctx;
  providers::ProviderAdapter const& adapter;
  providers::DecodeContext decode;
  upstream::Client::Progress progress;
  std::unique_ptr<upstream::Exchange> answer;
  SteadyTime sent_at{};
};

// Success headers that both kinds carry.
void add_answer_headers(RequestContext& ctx);
// Settles as failed and gives the error back for the one exit. `used`: what is billed if anything was.
Task<> fail(Forwarding& f, Error error, catalog::Usage used);

Task<> forward_plain(Forwarding& f);
Task<> forward_stream(Forwarding& f);

}  // namespace tsg::pipeline
