#include "tsg/pipeline/spent_today.hpp"

#include <simdjson.h>
#include <algorithm>
#include <map>

namespace tsg::pipeline {
namespace {

using Object = simdjson::dom::object;

constexpr std::int64_t day_ns = 86'400'000'000'000;
constexpr std::size_t page = 2'000;  // records; each is a kilobyte or two

std::string text(Object const& object, char const* name) {
  std::string_view value;
  return object[name].get(value) == simdjson::SUCCESS ? std::string{value} : std::string{};
}

Nano money(Object const& object, char const* name) {
  return parse_usd(text(object, name)).value_or(Nano{});
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
  // By simdjson: a start looks at a day of records, which may be millions.
  thread_local simdjson::dom::parser parser;
  Object r;
  if (parser.parse(record.data(), record.size()).get(r) != simdjson::SUCCESS) return out;
  auto rest = money(r, "cost_usd");
  auto const org = text(r, "org");
  if (simdjson::dom::array attempts; r["attempts"].get(attempts) == simdjson::SUCCESS)
    for (auto const element : attempts) {
      Object a;
      if (element.get(a) != simdjson::SUCCESS) continue;
      auto const cost = money(a, "estimated_cost_usd");  // of one that failed
      if (cost.v <= 0) continue;
      auto const target = text(a, "target");
      out.emplace_back(target.substr(0, target.find('/')), text(a, "credential"), org, cost);
      rest -= cost;
    }
  if (rest.v > 0) out.emplace_back(text(r, "provider"), text(r, "credential"), org, rest);
  return out;
}

Task<> restore_spent_today(store::Store& store, Quotas& quotas, config::Config const& config,
                           Credentials const& configured, Credentials const& stored, WallTime now) {
  std::map<std::string, std::vector<ProviderCredential const*>, std::less<>> wanted;
  for (auto const& provider : config.providers)
    if (auto all = limited(provider, configured, stored); !all.empty())
      wanted.emplace(provider.id, std::move(all));
  if (wanted.empty()) co_return boost::system::in_place_value;

  store::AuditQuery query;
  query.from = WallTime{now.ns - now.ns % day_ns};
  query.limit = page;
  for (;;) {
    auto found = co_await store.audit(query);
    if (!found) co_return found.error();
    for (auto const& row : found->rows)
      for (auto const& spent : spent_by(row.bytes)) {
        auto const at = wanted.find(spent.provider);
        if (at == wanted.end()) continue;
        for (auto const* c : bought_under(spent, at->second))
          quotas.of(spent.provider, c->place).add_spent(spent.cost, now);
      }
    if (!found->next_before) co_return boost::system::in_place_value;
    query.before_seq = *found->next_before;
  }
}

}  // namespace tsg::pipeline
