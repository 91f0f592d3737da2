// What plain answers and streams share while they are forwarded.
#pragma once
#include <memory>
#include <string>

#include "pipeline/attempts.hpp"
#include "pipeline/settlement.hpp"
#include "tsg/providers/adapter.hpp"
#include "tsg/upstream/client.hpp"

namespace tsg::pipeline {

// One attempt at one target, from the encoded request to the end of the answer.
struct Forwarding {
  Forwarding(RequestContext& c, Attempts& all, providers::ProviderAdapter const& a)
      : ctx{c}, attempts{all}, adapter{a} {}
  RequestContext& ctx;
  Attempts& attempts;
  providers::ProviderAdapter const& adapter;
  providers::DecodeContext decode;
  upstream::Client::Progress progress;
  std::unique_ptr<upstream::Exchange> answer;
  SteadyTime sent_at{};
  catalog::Usage used;  // what the attempt is billed, if it is billed
  // The provider said inside a 2xx that it failed, before any content and without counting any: worth what
  // an error status is.
  bool refused = false;
  bool abandoned = false;  // the client left; the answer is read for the books and for its Idempotency-Key
};

// Success headers that both kinds carry.
void add_answer_headers(Forwarding& f);
// The attempt reached its end: record, health, metrics. `model`: as the provider reported it.
void note_success(Forwarding& f, std::string const& model);
// It did not: the same, and what it may have cost goes to what was spent.
void note_failure(Forwarding& f, Error const& error);
// Cost of the answer and of what failed before it: what the client is told is what the ledger says.
std::optional<Nano> total_cost(RequestContext const& ctx, catalog::Usage const& usage);

// Both bring the answer to the client, settlement included. An error with nothing settled is the attempt's
// failure: as long as the client has not got a byte, somebody else may be asked.
Task<> forward_plain(Forwarding& f);
Task<> forward_stream(Forwarding& f);

}  // namespace tsg::pipeline
