// The world as requests see it: one immutable object, replaced at every change. What applies to a key is
// resolved when something changes, not when a request comes.
#pragma once
#include <array>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "tsg/core/clock.hpp"
#include "tsg/governance/budget.hpp"
#include "tsg/governance/limit.hpp"
#include "tsg/governance/policy.hpp"
#include "tsg/governance/scope.hpp"
#include "tsg/governance/terms.hpp"
#include "tsg/keys/directory.hpp"

namespace tsg::governance {

class Meter;  // counters of one limit document (meter.hpp)

template <class T>
struct Attached {  // a document where it is attached
  Scope at;
  std::int64_t version = 0;
  std::string source;  // "policy team/acme.core v3": what refusals and records name
  std::string hash;    // SHA-256 of the stored text, hex
  T value;
};
using AttachedPolicy = Attached<Policy>;
using AttachedBudget = Attached<Budget>;
using AttachedTerms = Attached<Terms>;
struct AttachedLimit : Attached<Limit> {
  std::shared_ptr<Meter> meter;  // survives new versions of the document
};

struct Rules {  // from the widest level to the narrowest
  std::vector<std::shared_ptr<AttachedPolicy const>> policies;
  std::vector<std::shared_ptr<AttachedLimit const>> limits;
  std::vector<std::shared_ptr<AttachedBudget const>> budgets;
  std::vector<std::shared_ptr<AttachedTerms const>> terms;
  std::string policy_version;  // of all policies together, for records; "" = none
};

// What applies to one key: what its team and environment share, and its own. Valid while the World lives.
struct Levels {
  Rules const* shared = nullptr;
  Rules const* own = nullptr;  // nullptr: nothing attached to the key itself
  template <class F>
  void each_policy(F f) const {
    for (auto const* rules : {shared, own})
      if (rules)
        for (auto const& p : rules->policies) f(*p);
  }
  template <class F>
  void each_limit(F f) const {
    for (auto const* rules : {shared, own})
      if (rules)
        for (auto const& l : rules->limits) f(l);
  }
  template <class F>
  void each_budget(F f) const {
    for (auto const* rules : {shared, own})
      if (rules)
        for (auto const& b : rules->budgets) f(*b);
  }
  template <class F>
  void each_terms(F f) const {
    for (auto const* rules : {shared, own})
      if (rules)
        for (auto const& t : rules->terms) f(*t);
  }
  std::string policy_version() const;
};

class World {
 public:
  // nullopt: the key's organisation or team is deleted or disabled, or younger than the key (an id that was
  // used before must not revive the keys of its first life).
  std::optional<Levels> levels(keys::Key const& key) const;

 private:
  friend class Builder;
  struct Text {  // look-up by string_view
    using is_transparent = void;
    std::size_t operator()(std::string_view s) const noexcept { return std::hash<std::string_view>{}(s); }
  };
  struct Team {
    bool active = false;
    WallTime since;
    Rules base;
    std::vector<std::pair<std::string, Rules>> environments;  // those that something is attached to
  };
  static constexpr std::size_t kShards = 64;
  using Teams = std::unordered_map<std::string, std::shared_ptr<Team const>, Text, std::equal_to<>>;
  using Own = std::unordered_map<std::string, std::shared_ptr<Rules const>, Text, std::equal_to<>>;
  static std::size_t shard_of(std::string_view key_id) noexcept { return Text{}(key_id) % kShards; }
  Teams teams_;                                          // "acme.core"
  std::array<std::shared_ptr<Own const>, kShards> own_;  // by key id; a change copies one
};

}  // namespace tsg::governance
