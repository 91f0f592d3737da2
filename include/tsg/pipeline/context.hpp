// What is of the whole request, from its first byte to its record. What a stage finds out is a value that it
// returns (src/pipeline/README.md).
#pragma once
#include <memory>

#include "tsg/audit/record.hpp"
#include "tsg/core/clock.hpp"
#include "tsg/core/ids.hpp"
#include "tsg/pipeline/services.hpp"
#include "tsg/server/exchange.hpp"

namespace tsg::pipeline {

struct RequestContext {  // owned by the handler's frame
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
  SteadyTime const deadline;  // absolute; every wait is clipped to it
  http::Headers headers;      // of the answer, filled by any stage
  audit::Record record;       // filled by every stage, written once
  bool recorded = false;      // it has been written, or could not be
};

}  // namespace tsg::pipeline
