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
#include "tsg/pipeline/services.hpp"
#include "tsg/providers/adapter.hpp"
#include "tsg/routing/resolver.hpp"
#include "tsg/server/exchange.hpp"
#include "tsg/store/store.hpp"

namespace tsg::pipeline {

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
  std::optional<providers::ChatRequest> chat;  // policy: an unauthenticated body is never parsed
  routing::Plan plan;                          // policy; only targets this key may use
  std::optional<std::int64_t> output_limit;    // budget: to be sent upstream
  std::int64_t input_bound = 0;                // budget: tokens at most; basis of estimates
  store::Admission admission;                  // budget prepares, idempotency completes and commits
  store::AuditSlot slot;                       // idempotency
  store::Hold hold;                            // idempotency
  std::size_t target = 0;                      // router: index into plan.targets
  bool settled = false;                        // forward: the record is written with the settlement
  http::Headers headers;                       // of the answer, filled by any stage
  audit::Record record;                        // filled by every stage, written once
};

}  // namespace tsg::pipeline
