// The day's money of each provider credential over a restart: read back from the audit log, which is the only
// place that says under which credential something was bought.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "tsg/core/clock.hpp"
#include "tsg/core/money.hpp"
#include "tsg/core/task.hpp"
#include "tsg/pipeline/credentials.hpp"
#include "tsg/pipeline/quota.hpp"
#include "tsg/store/store.hpp"

namespace tsg::pipeline {

struct Spent {
  Spent(std::string p, std::string c, std::string o, Nano n)
      : provider{std::move(p)}, credential{std::move(c)}, org{std::move(o)}, cost{n} {}
  std::string provider, credential, org;  // credential "": of a request that a crash ended, nobody knows
  Nano cost;
  friend bool operator==(Spent const&, Spent const&) = default;
};
// What one audit record says was bought, attempt by attempt.
std::vector<Spent> spent_by(std::string_view record);

// Fills the quotas of credentials that have a limit per day. Reads nothing where none has. Before anybody is
// served.
Task<> restore_spent_today(store::Store& store, Quotas& quotas, config::Config const& config,
                           Credentials const& configured, Credentials const& stored, WallTime now);

}  // namespace tsg::pipeline
