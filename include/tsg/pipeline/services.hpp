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
#include "tsg/core/time_zone.hpp"
#include "tsg/keys/directory.hpp"
#include "tsg/pipeline/memory.hpp"
#include "tsg/store/store.hpp"

namespace tsg::pipeline {

class Metrics;

struct ProviderCredential {
  ProviderCredential(std::string n, std::string k, int w)
      : name{std::move(n)}, key{std::move(k)}, weight{w} {}
  std::string name, key;
  int weight;
};

// Everything that SIGHUP may replace, as one immutable object: a request uses one of them from beginning to
// end.
struct Runtime {
  config::Config config;
  std::shared_ptr<catalog::Catalog const> catalog;
  std::map<std::string, std::vector<ProviderCredential>, std::less<>> credentials;  // by provider instance
  TimeZone zone;         // of budgets' months
  std::string problems;  // credentials that could not be read, for readiness and the log
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
  Memory memory;                            // of turns, for providers that must see their own words again
  std::atomic<std::shared_ptr<Runtime const>> runtime;
  std::atomic<bool> draining{false};
};

}  // namespace tsg::pipeline
