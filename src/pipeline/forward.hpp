// What plain answers and streams share while they are forwarded.
#pragma once
#include <functional>
#include <memory>
#include <string>

#include "pipeline/attempts.hpp"
#include "pipeline/metering.hpp"
#include "pipeline/settlement.hpp"
#include "tsg/providers/adapter.hpp"
#include "tsg/surfaces/renderer.hpp"
#include "tsg/upstream/client.hpp"

namespace tsg::pipeline {

// One attempt at one target, from the encoded request to the end of the answer.
struct Forwarding {
  Forwarding(Purchase& p, Attempts& all, providers::ProviderAdapter const& a);
  Purchase& purchase;
  RequestContext& ctx;
  Attempts& attempts;
  providers::ProviderAdapter const& adapter;
  Expected const expected;
  providers::DecodeContext decode;
  upstream::Client::Progress progress;
  std::unique_ptr<upstream::Exchange> answer;
  Bodies::Share held;  // of what is in memory of it, until it has been sent
  SteadyTime sent_at{};
  catalog::Usage used;  // what the attempt is billed, if it is billed
  // The provider said inside a 2xx that it failed, before any content and without counting any: worth what
  // an error status is.
  bool refused = false;
  bool hides = false;      // the answer may cost what it does not show (may_hide)
  std::string reported;    // the model, as the provider names it: for the client's eyes, not for the record
  bool abandoned = false;  // the client left; the answer is read for the books and for its Idempotency-Key
  OutputCount const* count = nullptr;  // of a stream, while it runs
  // The client cannot be written to any more. Whether the answer is read on all the same.
  std::function<bool()> client_lost;
};

// What an answer is billed whose provider told no count, or one that cannot be: what it shows, where that is
// all; else all that it was allowed to be.
catalog::Usage uncounted(Forwarding const& f, catalog::Usage const& told, std::int64_t output_bytes,
                         std::int64_t under_way = 0);
// overloaded, of an answer that is being bought (limits.bodies_bytes_max): it is lost, and not to be bought
// again.
Error no_memory_for_answer();
// The end of an answer that was read on after its client had left.
void note_abandoned(Outcome& outcome);

// Success headers that both kinds carry.
void add_answer_headers(Forwarding& f);
// The attempt reached its end: record, health, metrics. `model`: as the provider reported it.
void note_success(Forwarding& f, std::string const& model);
// It did not: the same, and what it may have cost goes to what was spent.
void note_failure(Forwarding& f, Error const& error);
// Cost of the answer and of what failed before it: what the client is told is what the ledger says.
std::optional<Nano> total_cost(Purchase const& purchase, catalog::Usage const& usage);
// The model as the record may name it, where the provider calls it so.
std::string recorded_model(Purchase& purchase, std::string_view reported);

// What the client's request decides of the answer's form.
surfaces::RenderContext render_context(providers::DecodeContext const& decode);
// Both bring the answer to the client, settlement included. An error with nothing settled is the attempt's
// failure: as long as the client has not got a byte, somebody else may be asked.
Task<> forward_plain(Forwarding& f);
Task<> forward_stream(Forwarding& f);

// Attempts, one after the other, until an answer has been delivered and settled, or nobody is left.
Task<> forward(Purchase& purchase, Order order, Body body, upstream::Client& upstream);

}  // namespace tsg::pipeline
