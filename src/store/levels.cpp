#include "store/levels.hpp"

#include <algorithm>

#include "tsg/audit/record.hpp"
#include "tsg/core/bytes.hpp"

namespace tsg::store {
namespace {

void name_of(std::string& out, std::string_view scope, std::string_view id, std::string_view sub,
             std::string_view environment) {
  out = scope;
  out += '|';
  out += id;
  if (!sub.empty()) {
    out += '.';
    out += sub;
  }
  out += '|';
  out += environment;
}

__extension__ using Int128 = __int128;

constexpr Nano kEndless{INT64_MAX};

std::string quoted_usd(Nano amount) {
  return '"' + to_usd(amount) + '"';
}

}  // namespace

bool reached(Nano used, Nano limit, int percent) noexcept {
  return static_cast<Int128>(used.v) * 100 >= static_cast<Int128>(limit.v) * percent;
}

Party party_of(Admission const& a) noexcept {
  Party p;
  p.key_id = a.key_id;
  p.org = a.org;
  p.team = a.team;
  p.environment = a.environment;
  p.time_ms = a.time.ms();
  return p;
}

bool covers(BudgetRef const& level, Party const& who) noexcept {
  if (who.time_ms < level.window_start_ms || who.time_ms >= level.window_end_ms) return false;
  if (!level.environment.empty() && level.environment != who.environment) return false;
  if (level.scope == "key") return level.scope_id == who.key_id;
  std::string_view const id{level.scope_id};
  if (level.scope != "team") return id == who.org;
  return id.size() == who.org.size() + 1 + who.team.size() && id.starts_with(who.org) &&
         id[who.org.size()] == '.' && id.ends_with(who.team);
}

Error out_of_budget(BudgetRef const& level, Nano settled, Nano held, Nano needed) {
  auto const used = checked_add(settled, held).value_or(Nano{INT64_MAX});
  auto const left = std::max(Nano{}, level.limit - std::min(used, level.limit));
  Error error{Errc::insufficient_quota,
              "The monthly budget of this " + level.scope +
                  (level.environment.empty() ? "" : "'s environment " + level.environment) +
                  " does not cover this request: it may cost " + to_usd(needed) + " USD, and " +
                  to_usd(left) + " USD of " + to_usd(level.limit) + " are left."};
  LimitFacts facts;
  facts.scope = level.scope;
  facts.scope_id = level.scope_id;
  facts.limit = to_usd(level.limit);
  facts.used = to_usd(settled);
  facts.held = to_usd(held);
  facts.resets_at = to_rfc3339(WallTime{level.window_end_ms * 1'000'000});
  error.details().limit = std::move(facts);
  return error;
}

std::string alert_fields(BudgetAlert const& alert, WallTime now) {
  auto const& level = alert.level;
  audit::Record r;
  r.kind = "budget.alert";
  r.time = now;
  r.environment = level.environment;
  auto const dot = level.scope_id.find('.');
  if (level.scope == "key") {
    r.key_id = level.scope_id;
    r.org = alert.org;
    r.team = alert.team;
  }
  if (level.scope == "org") r.org = level.scope_id;
  if (level.scope == "team") {
    r.org = level.scope_id.substr(0, dot);
    r.team = level.scope_id.substr(dot + 1);
  }
  std::string& out = r.after_json;  // ids are of a safe alphabet: nothing to escape
  out = R"({"scope":")" + level.scope + R"(","scope_id":")" + level.scope_id + R"(","percent":)";
  append_int(out, alert.percent);
  out += R"(,"limit_usd":)" + quoted_usd(level.limit) + R"(,"settled_usd":)" + quoted_usd(alert.settled);
  out += R"(,"held_usd":)" + quoted_usd(alert.held) + R"(,"window":{"start":")";
  append_rfc3339(out, WallTime{level.window_start_ms * 1'000'000});
  out += R"(","end":")";
  append_rfc3339(out, WallTime{level.window_end_ms * 1'000'000});
  out += R"("})";
  if (alert.refused) out += R"(,"refused_usd":)" + quoted_usd(*alert.refused);
  out += '}';
  r.detail = alert.refused ? "a budget has no room for a request: it counts as used up"
                           : "a budget reached " + std::to_string(alert.percent) + " percent of its limit";
  std::string fields;
  audit::append_fields(fields, r);
  return fields;
}

Levels::Level& Levels::find(BudgetRef const& ref) {
  name_of(name_, ref.scope, ref.scope_id, {}, ref.environment);
  auto& level = levels_[name_];
  bool const same = level.ref.scope == ref.scope && level.ref.window_start_ms == ref.window_start_ms &&
                    level.ref.window_end_ms == ref.window_end_ms;
  if (!same) {  // first use, or the window has moved on (or back, with the clock)
    auto spent = derive_(ref);
    level.settled = spent.settled;
    level.held = spent.held;
    level.alerted = std::move(spent.alerted);
    level.ref = ref;
  } else if (level.ref.limit != ref.limit || level.ref.alerts_percent != ref.alerts_percent) {
    level.ref = ref;
  }
  return level;
}

template <class F>
void Levels::each(Party const& who, F fn) {
  if (levels_.empty()) return;
  auto const touch = [&](std::string_view scope, std::string_view id, std::string_view sub,
                         std::string_view environment) {
    name_of(name_, scope, id, sub, environment);
    auto const it = levels_.find(name_);
    if (it == levels_.end() || who.time_ms < it->second.ref.window_start_ms ||
        who.time_ms >= it->second.ref.window_end_ms)
      return;
    fn(it->second);
  };
  touch("org", who.org, {}, {});
  touch("team", who.org, who.team, {});
  touch("key", who.key_id, {}, {});
  if (who.environment.empty()) return;
  touch("org", who.org, {}, who.environment);
  touch("team", who.org, who.team, who.environment);
  touch("key", who.key_id, {}, who.environment);
}

// What one percentage has reported is not reported again in this window, whatever the limit becomes.
void Levels::watch(Level& level, Party const& who) {
  if (level.ref.limit <= Nano{0}) return;
  auto const used = checked_add(level.settled, level.held).value_or(Nano{INT64_MAX});
  for (int const percent : level.ref.alerts_percent) {
    if (reached(used, level.ref.limit, percent)) report(level, who, percent);
  }
}

void Levels::report(Level& level, Party const& who, int percent, std::optional<Nano> refused) {
  if (std::ranges::count(level.alerted, percent) != 0) return;
  level.alerted.push_back(percent);
  alerts_.push_back(
      {level.ref, percent, level.settled, level.held, refused, std::string{who.org}, std::string{who.team}});
}

void Levels::ran_out(std::vector<BudgetRef> const& levels, Party const& who, Nano amount) {
  for (auto const& ref : levels) {
    auto& l = find(ref);
    auto const used = checked_add(l.settled, l.held);
    auto const with = used ? checked_add(*used, amount) : std::nullopt;
    if (with && *with <= ref.limit) continue;
    if (ref.limit > Nano{0} && std::ranges::count(ref.alerts_percent, kAllUsed) != 0)
      report(l, who, kAllUsed, amount);
  }
}

std::optional<Error> Levels::refuse(std::vector<BudgetRef> const& levels, Nano amount) {
  for (auto const& ref : levels) {
    auto const& l = find(ref);
    auto const used = checked_add(l.settled, l.held);
    auto const with = used ? checked_add(*used, amount) : std::nullopt;
    if (!with || *with > ref.limit) return out_of_budget(ref, l.settled, l.held, amount);
  }
  return std::nullopt;
}

Nano Levels::room(std::vector<BudgetRef> const& levels) {
  Nano least{INT64_MAX};
  for (auto const& ref : levels) {
    auto const& l = find(ref);
    auto const used = checked_add(l.settled, l.held).value_or(Nano{INT64_MAX});
    least = std::min(least, ref.limit - used);
  }
  return std::max(least, Nano{});
}

void Levels::hold(Party const& who, Nano amount) {
  each(who, [&](Level& l) {
    l.held += amount;
    watch(l, who);
  });
}

void Levels::settle(Party const& who, Nano held, Nano cost) {
  each(who, [&](Level& l) {
    // A sum of holds that had no end (of keys without a budget, before there was this one) cannot be taken
    // apart: it is added up again when the level is next asked for.
    if (l.held == kEndless) return l.ref.scope.clear();
    l.held -= held;
    l.settled += cost;
    watch(l, who);
  });
}

BudgetState Levels::state(BudgetRef const& ref) {
  auto const& l = find(ref);
  BudgetState s;
  s.settled = l.settled;
  s.held = l.held;
  return s;
}

}  // namespace tsg::store
