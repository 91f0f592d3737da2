// What the request path works with. Made by src/app, the only place that wires; shared by all workers.
#pragma once
#include <atomic>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "tsg/catalog/catalog.hpp"
#include "tsg/config/config.hpp"
#include "tsg/core/clock.hpp"
#include "tsg/core/crypto.hpp"
#include "tsg/core/published.hpp"
#include "tsg/core/time_zone.hpp"
#include "tsg/governance/world.hpp"
#include "tsg/keys/directory.hpp"
#include "tsg/pipeline/bodies.hpp"
#include "tsg/pipeline/credentials.hpp"
#include "tsg/pipeline/memory.hpp"
#include "tsg/pipeline/offload.hpp"
#include "tsg/pipeline/quota.hpp"
#include "tsg/pipeline/refusals.hpp"
#include "tsg/pipeline/routes.hpp"
#include "tsg/pipeline/streams.hpp"
#include "tsg/routing/board.hpp"
#include "tsg/store/store.hpp"

namespace tsg::pipeline {

class Metrics;

// Everything that SIGHUP may replace, as one immutable object: a request uses one of them from beginning to
// end.
struct Runtime {
  config::Config config;
  std::shared_ptr<catalog::Catalog const> catalog;
  std::vector<routing::Route> configured_routes;
  routing::RouteTable routes;  // configured and stored ones; points into `config` and `catalog`
  Credentials credentials;     // those the configuration names
  TimeZone zone;               // of budgets' months
};

struct Services {
  Services(store::Store& s, keys::Directory const& d, Clock const& c, Metrics& m, crypto::SecretKey const& p,
           crypto::SecretKey const& k, crypto::SecretKey const& a)
      : store{s},
        directory{d},
        clock{c},
        metrics{m},
        pepper{p},
        commitment_key{k},
        answer_key{a},
        memory{k} {}
  store::Store& store;
  keys::Directory const& directory;
  Clock const& clock;
  Metrics& metrics;
  crypto::SecretKey const& pepper;
  crypto::SecretKey const& commitment_key;  // salts of content commitments are derived from it (AUD-30)
  crypto::SecretKey const& answer_key;      // seals answers kept for replay
  Bodies bodies;                            // how much of them is in memory
  Memory memory;                            // of turns, for providers that must see their own words again
  RuntimeHolder runtime;
  Streams streams;
  Offload offload;       // long work, away from the loops; started by who has them
  routing::Board board;  // health of providers, shared by all workers; health checks tell it, too
  Quotas quotas;         // what we have asked of them
  // Those stored through the admin API; they live across reloads.
  Published<Credentials> stored_credentials{std::make_shared<Credentials const>()};
  // Organisations, teams and what is attached to them; replaced at every change.
  Published<governance::World> world{std::make_shared<governance::World const>()};
  // Counts changes of keys and of the world: a stream that sees it move looks again whether it may go on.
  std::atomic<std::uint64_t> revision{0};
  Refusals refusals;  // of keys, beyond their rates: counted
  // Requests that are counted in no record yet: a shutdown waits a moment for whoever writes it.
  std::shared_ptr<std::atomic<int>> unwritten = std::make_shared<std::atomic<int>>(0);
  std::atomic<bool> draining{false};
  std::atomic<bool> stopping{false};  // the grace is over: what runs is ended, with an error of its own
};

}  // namespace tsg::pipeline
