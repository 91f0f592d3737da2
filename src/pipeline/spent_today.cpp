#include "tsg/pipeline/spent_today.hpp"

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>

namespace tsg::pipeline {
namespace {

using Json = nlohmann::json;

constexpr std::int64_t day_ns = 86'400'000'000'000;
constexpr std::size_t page = 2'000;  // records; each is a kilobyte or two

Nano money(Json const& object, char const* name) {
  auto const it = object.find(name);
  if (it == object.end() || !it->is_string()) return {};
  return parse_usd(it->get_ref<std::string const&>()).value_or(Nano{});
}

std::string text(Json const& object, char const* name) {
  auto const it = object.find(name);
  return it != object.end() && it->is_string() ? it->get<std::string>() : std::string{};
}

// Those whose money is limited, stored ones too.
std::vector<ProviderCredential const*> limited(config::Provider const& provider,
                                               Credentials const& configured, Credentials const& stored) {
  std::vector<ProviderCredential const*> out;
  for (auto const* all : {&stored, &configured}) {
    auto const it = all->find(provider.id);
    if (it == all->end()) continue;
    for (auto const& c : it->second) {
      auto const* quota = provider.quota_of(c.name);
      bool const known = std::ranges::find(out, c.place, &ProviderCredential::place) != out.end();
      if (!known && quota != nullptr && quota->usd_per_day.v > 0) out.push_back(&c);
    }
  }
  return out;
}

// Those that it may have been bought under. Where an organisation has a key of its own, it used no other of
// that name. Where nobody knows the name, all that it might have been: a limit is rather met early than
// passed.
std::vector<ProviderCredential const*> bought_under(Spent const& spent,
                                                    std::vector<ProviderCredential const*> all) {
  std::erase_if(all, [&](auto const* c) {
    bool const theirs = c->org.empty() || c->org == spent.org;
    return !theirs || !(spent.credential.empty() || spent.credential == c->name);
  });
  if (std::ranges::any_of(all, [](auto const* c) { return !c->org.empty(); }))
    std::erase_if(all, [](auto const* c) { return c->org.empty(); });
  return all;
}

}  // namespace

std::vector<Spent> spent_by(std::string_view record) {
  std::vector<Spent> out;
  if (record.find("cost_usd\":\"") == std::string_view::npos) return out;  // most refusals
  auto const r = Json::parse(record, nullptr, false);
  if (!r.is_object()) return out;
  auto rest = money(r, "cost_usd");
  auto const org = text(r, "org");
  if (auto const attempts = r.find("attempts"); attempts != r.end() && attempts->is_array())
    for (auto const& a : *attempts) {
      if (!a.is_object()) continue;
      auto const cost = money(a, "estimated_cost_usd");  // of one that failed
      if (cost.v <= 0) continue;
      auto const target = text(a, "target");
      out.emplace_back(target.substr(0, target.find('/')), text(a, "credential"), org, cost);
      rest.v -= cost.v;
    }
  if (rest.v > 0) out.emplace_back(text(r, "provider"), text(r, "credential"), org, rest);
  return out;
}

Task<> restore_spent_today(Services& services) {
  auto const runtime = services.runtime.load();
  auto const stored = services.stored_credentials.load();
  std::map<std::string, std::vector<ProviderCredential const*>, std::less<>> wanted;
  for (auto const& provider : runtime->config.providers)
    if (auto all = limited(provider, runtime->credentials, *stored); !all.empty())
      wanted.emplace(provider.id, std::move(all));
  if (wanted.empty()) co_return boost::system::in_place_value;

  auto const now = services.clock.wall();
  store::AuditQuery query;
  query.from = WallTime{now.ns - now.ns % day_ns};
  query.limit = page;
  for (;;) {
    auto rows = co_await services.store.audit(query);
    if (!rows) co_return rows.error();
    for (auto const& row : *rows)
      for (auto const& spent : spent_by(row.bytes)) {
        auto const at = wanted.find(spent.provider);
        if (at == wanted.end()) continue;
        for (auto const* c : bought_under(spent, at->second))
          services.quotas.of(spent.provider, c->place).add_spent(spent.cost, now);
      }
    if (rows->size() < page) co_return boost::system::in_place_value;
    query.before_seq = rows->back().seq;
  }
}

}  // namespace tsg::pipeline
