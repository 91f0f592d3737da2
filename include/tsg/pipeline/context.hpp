// One request on its way through the chain. Owned by the handler's frame; each field names its writer.
#pragma once
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "tsg/audit/record.hpp"
#include "tsg/catalog/usage.hpp"
#include "tsg/core/clock.hpp"
#include "tsg/core/ids.hpp"
#include "tsg/governance/decide.hpp"
#include "tsg/governance/meter.hpp"
#include "tsg/pipeline/services.hpp"
#include "tsg/providers/adapter.hpp"
#include "tsg/routing/decision.hpp"
#include "tsg/server/exchange.hpp"
#include "tsg/store/store.hpp"

namespace tsg::pipeline {

// What a target of the plan can cost at most (BUD-3).
struct TargetBound {
  TargetBound() = default;
  std::optional<Nano> hold;  // absent: no price is known, or no bound exists
  std::optional<std::int64_t>
      output_limit;                        // to be sent upstream, where the client gave none or a higher one
  std::int64_t output_tokens = INT64_MAX;  // at most, over all choices; INT64_MAX: nobody limits them
  std::int64_t input_tokens = 0;           // at most, with what the model finds by itself
  std::int64_t searches = 0;               // at most, each with its fee
  std::string_view unbounded;              // static: why no bound exists, and the way out; "" = one does
};

// The answer as it leaves, kept for replay. Bounded: beyond `max`, or where the memory for bodies is used up,
// nothing is kept (IDM-13).
class Recording {
 public:
  Recording(std::string scope, std::string key, std::size_t max, Bodies::Share share)
      : scope_{std::move(scope)}, key_{std::move(key)}, max_{max}, share_{std::move(share)} {}
  void add(std::string_view bytes) {
    if (too_large_ || bytes_.size() + bytes.size() > max_ || !share_.hold(bytes_.size() + bytes.size())) {
      too_large_ = true;
      bytes_ = {};
      share_.release();
    } else {
      bytes_ += bytes;
    }
  }
  std::string const& scope() const noexcept { return scope_; }
  std::string const& key() const noexcept { return key_; }
  std::string const& bytes() const noexcept { return bytes_; }
  bool too_large() const noexcept { return too_large_; }

 private:
  std::string scope_, key_, bytes_;
  std::size_t max_;
  Bodies::Share share_;
  bool too_large_ = false;
};

struct RequestContext {
  RequestContext(server::Exchange& exchange, Services& s, std::shared_ptr<Runtime const> r,
                 RequestId request_id, WallTime now)
      : http{exchange},
        services{s},
        runtime{std::move(r)},
        id{request_id},
        time{now},
        deadline{exchange.started_at() + runtime->config.timeouts.request_total} {
    record.time = now;
    record.request_id = request_id;
    body_held = services.bodies.request();
    answer_held = services.bodies.answer();
  }
  RequestContext(RequestContext const&) = delete;
  RequestContext& operator=(RequestContext const&) = delete;

  server::Exchange& http;
  Services& services;
  std::shared_ptr<Runtime const> const runtime;
  RequestId const id;
  WallTime const time;        // decides prices and windows
  SteadyTime const deadline;  // absolute; every wait below is clipped to it

  providers::Operation operation = providers::Operation::chat;  // endpoint table
  std::shared_ptr<keys::Key const> key;                         // key_auth
  std::uint64_t revision = 0;                                   // key_auth: of keys and world, then
  std::shared_ptr<governance::World const> world;               // key_auth
  governance::Levels levels;                                    // key_auth: what applies to the key
  Bodies::Share body_held;    // policy; released by forward once nobody needs the body any more
  Bodies::Share answer_held;  // forward, replay: of a whole answer until it has been sent
  std::optional<providers::ChatRequest> chat;  // policy: an unauthenticated body is never parsed
  std::optional<Streams::Slot> stream_slot;    // policy: while a streamed answer is owed
  routing::Plan plan;                          // policy; only targets this key may use, in the order written
  routing::Facts facts;                        // policy, of routes only
  std::int64_t input_bound = 0;                // budget: tokens at most; basis of estimates
  std::vector<TargetBound> bounds;             // budget: one for each target of the plan
  std::vector<store::BudgetRef> budgets;       // budget: every level that applies
  std::string lower_over_budget;         // policy: the one that lowers max_tokens, not refuses; "" = none
  store::Admission admission;            // budget prepares, idempotency completes and commits
  std::optional<Digest> commitment_key;  // commitments: of this request; dies with it
  std::optional<crypto::HmacSha256> put_out;  // commitments: of a stream, as far as it has left
  std::optional<Digest> fingerprint;         // policy: of the body as sent, where an idempotency key needs it
  std::optional<Recording> recording;        // idempotency: the client sent a key
  governance::Lease lease;                   // idempotency: what it took from rate limits
  std::optional<std::int64_t> output_limit;  // router, forward: of the target in use
  store::AuditSlot slot;                     // idempotency
  store::Hold hold;                          // idempotency
  std::vector<std::size_t> order;            // router: indices into plan.targets, best first
  // forward: what attempts that failed may have cost; it is settled with the rest.
  struct Spent {
    Spent() = default;
    bool any = false, estimated = false;
    bool priced = false;                 // `cost` says something
    bool invalid = false;                // a provider's own usage was not usable
    std::int64_t input = 0, output = 0;  // tokens, for rate limits
    Nano cost;
    std::vector<audit::CostPart> parts;
  };
  Spent spent;
  std::size_t target = 0;  // router, forward: index of the one in use
  bool settled = false;    // forward: the record is written with the settlement
  http::Headers headers;   // of the answer, filled by any stage
  audit::Record record;    // filled by every stage, written once
};

}  // namespace tsg::pipeline
