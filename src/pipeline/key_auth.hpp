// Who is asking: a bearer key to the key's snapshot. One indistinguishable refusal for every bad key.
#pragma once
#include <cstdint>
#include <memory>

#include "tsg/audit/record.hpp"
#include "tsg/governance/world.hpp"
#include "tsg/http/message.hpp"
#include "tsg/keys/directory.hpp"
#include "tsg/pipeline/services.hpp"

namespace tsg::pipeline {

// Whose request it is, and what applies to it: snapshots of the moment in which its key was looked up.
struct Caller {
  Caller() = default;
  std::shared_ptr<keys::Key const> key;
  std::shared_ptr<governance::World const> world;
  governance::Levels levels;   // points into `world`
  std::uint64_t revision = 0;  // of keys and world, then
};

// Error: invalid_api_key.
Result<Caller> authenticate(http::RequestHead const& head, Services const& services, WallTime now);
void name_caller(audit::Record& record, Caller const& caller);

// While an answer is streamed: is the key still good, and its parents? Costs one load while nothing changes;
// `revision` is what was last looked at. A secret whose overlap ends, and an expiry, let the running answer
// finish.
bool still_allowed(Services const& services, Caller const& caller, std::uint64_t& revision);

}  // namespace tsg::pipeline
