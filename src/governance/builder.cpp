#include "tsg/governance/builder.hpp"

#include <algorithm>

#include "tsg/core/bytes.hpp"
#include "tsg/core/crypto.hpp"
#include "tsg/governance/meter.hpp"

namespace tsg::governance {
namespace {

struct Parent {
  bool active = false;
  WallTime created_at;
};

// What is attached at one place.
struct Documents {
  std::shared_ptr<AttachedPolicy const> policy;
  std::shared_ptr<AttachedLimit const> limit, key_limit;
  std::shared_ptr<AttachedBudget const> budget;
  std::shared_ptr<AttachedTerms const> terms;
  bool empty() const noexcept { return !policy && !limit && !key_limit && !budget && !terms; }
  void add_to(Rules& rules) const {
    if (policy) rules.policies.push_back(policy);
    if (limit) rules.limits.push_back(limit);
    if (key_limit) rules.limits.push_back(key_limit);
    if (budget) rules.budgets.push_back(budget);
    if (terms) rules.terms.push_back(terms);
  }
};

// "org/acme@3:9f86d081…": which texts decided, short enough for every record.
void name_policies(Rules& rules) {
  for (auto const& p : rules.policies) {
    if (!rules.policy_version.empty()) rules.policy_version += ',';
    rules.policy_version += p->at.text() + "@" + std::to_string(p->version) + ":" + p->hash.substr(0, 16);
  }
}

template <class A, class T>
A attached(std::string_view kind, Scope const& at, std::int64_t version, std::string_view text,
           T const& value) {
  A out;
  out.at = at;
  out.version = version;
  out.source = std::string{kind} + " " + at.text() + " v" + std::to_string(version);
  out.hash = to_hex(crypto::sha256(as_bytes(text)));
  out.value = value;
  return out;
}

}  // namespace

struct Builder::State {
  std::map<std::string, Parent, std::less<>> orgs, teams;
  std::map<std::string, Documents, std::less<>> documents;  // by Scope::text(), without the keys'
  std::array<std::map<std::string, Documents, std::less<>>, World::kShards> of_keys;  // by key id
  std::map<std::string, std::shared_ptr<Meter>, std::less<>> meters;
  std::set<std::string, std::less<>> dirty_orgs;
  std::set<std::size_t> dirty_shards;
  World world;  // the last one built, to be copied and amended

  Documents& at(Scope const& scope) {
    if (scope.level == Level::key) {
      dirty_shards.insert(World::shard_of(scope.id));
      return of_keys[World::shard_of(scope.id)][scope.id];
    }
    dirty_orgs.insert(scope.org());
    return documents[scope.text()];
  }
  Documents const* find(Scope const& scope) const {
    auto const it = documents.find(scope.text());
    return it == documents.end() || it->second.empty() ? nullptr : &it->second;
  }
  std::shared_ptr<Meter> meter(std::string const& name) {
    auto& m = meters[name];
    if (!m) m = std::make_shared<Meter>();
    return m;
  }
  Rules rules(std::string const& org, std::string const& team, std::string const& environment) const {
    Rules out;
    auto const add = [&](Scope const& scope) {
      if (auto const* d = find(scope)) d->add_to(out);
    };
    add(Scope{Level::org, org, ""});
    if (!environment.empty()) add(Scope{Level::org, org, environment});
    add(Scope{Level::team, team, ""});
    if (!environment.empty()) add(Scope{Level::team, team, environment});
    name_policies(out);
    return out;
  }
  std::vector<std::string> environments(std::string const& org, std::string const& team) const {
    std::vector<std::string> out;
    for (auto const& prefix : {"org/" + org + "/", "team/" + team + "/"})
      for (auto it = documents.lower_bound(prefix); it != documents.end() && it->first.starts_with(prefix);
           ++it)
        if (!it->second.empty()) out.push_back(it->first.substr(prefix.size()));
    std::sort(out.begin(), out.end());
    out.erase(std::unique(out.begin(), out.end()), out.end());
    return out;
  }
  void rebuild_team(std::string const& id, Parent const& team) {
    auto const org_id = id.substr(0, id.find('.'));
    auto const org = orgs.find(org_id);
    auto view = std::make_shared<World::Team>();
    view->active =
        team.active && org != orgs.end() && org->second.active && team.created_at >= org->second.created_at;
    view->since = team.created_at;
    view->base = rules(org_id, id, "");
    for (auto const& e : environments(org_id, id)) view->environments.emplace_back(e, rules(org_id, id, e));
    world.teams_[id] = std::move(view);
  }
  void rebuild_shard(std::size_t shard) {
    auto own = std::make_shared<World::Own>();
    for (auto const& [id, documents_of_key] : of_keys[shard]) {
      if (documents_of_key.empty()) continue;
      auto one = std::make_shared<Rules>();
      documents_of_key.add_to(*one);
      name_policies(*one);
      own->emplace(id, std::move(one));
    }
    world.own_[shard] = std::move(own);
  }
};

Builder::Builder() : state_{std::make_unique<State>()} {}
Builder::~Builder() = default;

void Builder::put_org(std::string const& id, bool active, WallTime created_at) {
  state_->orgs[id] = Parent{active, created_at};
  state_->dirty_orgs.insert(id);
}

void Builder::put_team(std::string const& id, bool active, WallTime created_at) {
  state_->teams[id] = Parent{active, created_at};
  state_->dirty_orgs.insert(id.substr(0, id.find('.')));
}

void Builder::put_policy(Scope const& at, std::int64_t version, std::string_view text, Policy const* policy) {
  auto& slot = state_->at(at).policy;
  slot = policy ? std::make_shared<AttachedPolicy const>(
                      attached<AttachedPolicy>("policy", at, version, text, *policy))
                : nullptr;
}

void Builder::put_limit(Scope const& at, std::int64_t version, std::string_view text, Limit const* limit) {
  auto& slot = state_->at(at).limit;
  slot = nullptr;
  if (!limit) return;
  auto made = attached<AttachedLimit>("limit", at, version, text, *limit);
  made.meter = state_->meter(at.text());
  slot = std::make_shared<AttachedLimit const>(std::move(made));
}

void Builder::put_budget(Scope const& at, std::int64_t version, std::string_view text, Budget const* budget) {
  auto& slot = state_->at(at).budget;
  slot = budget ? std::make_shared<AttachedBudget const>(
                      attached<AttachedBudget>("budget", at, version, text, *budget))
                : nullptr;
}

void Builder::put_terms(Scope const& at, std::int64_t version, std::string_view text, Terms const* terms) {
  auto& slot = state_->at(at).terms;
  slot =
      terms
          ? std::make_shared<AttachedTerms const>(attached<AttachedTerms>("terms", at, version, text, *terms))
          : nullptr;
}

void Builder::put_key_limit(std::string const& key_id, std::int64_t version, Limit const* limit) {
  if (!limit) {  // most keys: nothing to remember, nothing to rebuild
    auto const& shard = state_->of_keys[World::shard_of(key_id)];
    auto const it = shard.find(key_id);
    if (it == shard.end() || !it->second.key_limit) return;
  }
  Scope const at{Level::key, key_id, ""};
  auto& slot = state_->at(at).key_limit;
  slot = nullptr;
  if (!limit) return;
  auto made = attached<AttachedLimit>("limits of", at, version, "", *limit);
  made.meter = state_->meter("limits of " + at.text());
  slot = std::make_shared<AttachedLimit const>(std::move(made));
}

std::shared_ptr<World const> Builder::build() {
  auto& s = *state_;
  for (auto const& org : s.dirty_orgs) {
    auto const prefix = org + ".";
    for (auto it = s.teams.lower_bound(prefix); it != s.teams.end() && it->first.starts_with(prefix); ++it)
      s.rebuild_team(it->first, it->second);
  }
  for (auto const shard : s.dirty_shards) s.rebuild_shard(shard);
  s.dirty_orgs.clear();
  s.dirty_shards.clear();
  return std::make_shared<World const>(s.world);
}

}  // namespace tsg::governance
