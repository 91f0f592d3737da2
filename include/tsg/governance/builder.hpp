// The changeable side of the world: the admin thread's. build() makes the snapshot that is published.
#pragma once
#include <array>
#include <map>
#include <memory>
#include <set>
#include <string>

#include "tsg/governance/world.hpp"

namespace tsg::governance {

class Builder {
 public:
  Builder();
  ~Builder();
  // `active` false: disabled or deleted. Later calls for the same id replace.
  void put_org(std::string const& id, bool active, WallTime created_at);
  void put_team(std::string const& id, bool active, WallTime created_at);  // "acme.core"

  // Attaches the document, or takes it away (nullptr). `version` is the store's.
  void put_policy(Scope const& at, std::int64_t version, std::string_view text, Policy const* policy);
  void put_limit(Scope const& at, std::int64_t version, std::string_view text, Limit const* limit);
  void put_budget(Scope const& at, std::int64_t version, std::string_view text, Budget const* budget);
  void put_terms(Scope const& at, std::int64_t version, std::string_view text, Terms const* terms);
  // The `limits` a key was created with; nullptr = none.
  void put_key_limit(std::string const& key_id, std::int64_t version, Limit const* limit);

  std::shared_ptr<World const> build();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace tsg::governance
