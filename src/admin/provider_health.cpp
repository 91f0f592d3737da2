#include "admin/provider_health.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "tsg/core/clock.hpp"

namespace tsg::admin {
namespace {

constexpr std::array kStandings{routing::Standing::usable, routing::Standing::probe,
                                routing::Standing::cooling, routing::Standing::open};

using ordered = nlohmann::ordered_json;

struct Sums {  // of all models under one credential
  std::array<std::int64_t, kStandings.size()> standing{};
  std::int64_t in_flight = 0, ejections = 0, throttled = 0;
};
using Series = std::map<std::pair<std::string, std::string>, Sums>;  // provider, credential

std::string label(std::string_view text) {
  std::string out;
  for (char const c : text) {
    if (c == '\\' || c == '"') out += '\\';
    out += c == '\n' ? ' ' : c;
  }
  return out;
}

template <class Value>
void append(std::string& out, Series const& all, std::string_view name, std::string_view type,
            std::string_view help, Value value) {
  out.append("# HELP ").append(name).append(" ").append(help).append("\n# TYPE ").append(name).append(" ");
  out.append(type).append("\n");
  for (auto const& [key, sums] : all) {
    std::string const labels =
        "{provider=\"" + label(key.first) + "\",credential=\"" + label(key.second) + "\"";
    value(sums, [&](std::string_view more, std::int64_t n) {
      out.append(name).append(labels).append(more).append("} ").append(std::to_string(n)).append("\n");
    });
  }
}

}  // namespace

nlohmann::ordered_json provider_health(pipeline::Services const& services, std::string_view provider,
                                       std::function<bool(std::string_view)> const& shown) {
  auto all = services.board.all();
  std::erase_if(all, [&](auto const* e) { return e->provider() != provider || !shown(e->credential()); });
  std::ranges::sort(all, [](auto const* a, auto const* b) {
    return std::tie(a->model(), a->credential()) < std::tie(b->model(), b->credential());
  });
  auto const now = services.clock.steady();
  auto out = nlohmann::ordered_json::array();
  for (auto const* e : all) {
    auto const view = e->view(now);
    auto const totals = e->totals();
    nlohmann::ordered_json one;
    one["model"] = e->model();
    one["credential"] = e->credential();
    one["standing"] = std::string{routing::to_string(view.standing)};
    one["until_ms"] = view.until_ms;
    one["first_byte_ms"] = view.ttfb_us / 1000;
    one["in_flight"] = view.in_flight;
    one["requests"] = {{"good", totals.good},
                       {"failed", totals.bad},
                       {"throttled", totals.throttled},
                       {"refused", totals.refused}};
    one["ejections"] = totals.ejections;
    out.push_back(std::move(one));
  }
  return out;
}

std::string_view summary_of(ordered const& endpoints, ordered const& credentials) {
  std::ptrdiff_t known = 0, ill = 0;
  for (auto const& e : endpoints) ++known, ill += e["standing"] != "usable";
  if (known == 0)
    for (auto const& c : credentials)
      if (c.contains("check") && c["check"]["state"] != "unknown")
        ++known, ill += c["check"]["state"] == "down";
  if (known == 0) return "unknown";
  return ill == 0 ? "ok" : ill == known ? "down" : "degraded";
}

std::optional<ordered> check_json(pipeline::Services& services, config::Provider const& provider,
                                  std::string_view place) {
  if (!provider.health_check) return {};
  auto const& checks = services.board.checks(provider.id, place);
  auto const view = checks.view();
  ordered out;
  out["state"] = std::string{routing::to_string(view.state)};
  out["at"] = view.at.ns == 0 ? ordered(nullptr) : ordered(to_rfc3339(view.at));
  out["took_ms"] = view.last.took.count() / 1000;
  out["status"] = view.last.status == 0 ? ordered(nullptr) : ordered(view.last.status);
  out["error"] = view.last.why.empty() ? ordered(nullptr) : ordered(view.last.why);
  out["good"] = view.good;
  out["failed"] = view.failed;
  out["failures_in_a_row"] = view.in_a_row;
  out["until_ms"] = checks.until(services.clock.steady()).count();
  return out;
}

namespace {

// Only of what is configured to be checked: another provider's absence from these is no fault of its.
std::string check_series(pipeline::Services& services) {
  struct One {
    std::string labels;
    routing::Checks::View view;
  };
  std::vector<One> all;
  auto const runtime = services.runtime.load();
  auto const stored = services.stored_credentials.load();
  for (auto const& provider : runtime->config.providers) {
    if (!provider.health_check) continue;
    std::set<std::string> names;
    for (auto const* credentials : {stored.get(), &runtime->credentials})
      if (auto const it = credentials->find(provider.id); it != credentials->end())
        for (auto const& c : it->second) names.insert(c.place);
    for (auto const& name : names)
      all.push_back({"provider=\"" + label(provider.id) + "\",credential=\"" + label(name) + "\"",
                     services.board.checks(provider.id, name).view()});
  }
  std::string out;
  out.append(
      "# HELP tsg_provider_up Last word of the health checks: 1 there, 0 down; absent before the first\n");
  out.append("# TYPE tsg_provider_up gauge\n");
  for (auto const& one : all)
    if (one.view.state != routing::Checks::State::unknown)
      out.append("tsg_provider_up{")
          .append(one.labels)
          .append("} ")
          .append(one.view.state == routing::Checks::State::down ? "0\n" : "1\n");
  out.append("# HELP tsg_provider_checks_total Health checks by how they ended\n");
  out.append("# TYPE tsg_provider_checks_total counter\n");
  for (auto const& one : all)
    for (auto const& [outcome, n] : {std::pair{"good", one.view.good}, std::pair{"failed", one.view.failed}})
      out.append("tsg_provider_checks_total{")
          .append(one.labels)
          .append(",outcome=\"")
          .append(outcome)
          .append("\"} ")
          .append(std::to_string(n))
          .append("\n");
  return out;
}

}  // namespace

std::string health_series(pipeline::Services& services) {
  auto const now = services.clock.steady();
  Series all;
  for (auto const* e : services.board.all()) {
    auto& sums = all[{e->provider(), e->credential()}];
    auto const view = e->view(now);
    auto const totals = e->totals();
    ++sums.standing[static_cast<std::size_t>(view.standing)];
    sums.in_flight += view.in_flight;
    sums.ejections += totals.ejections;
    sums.throttled += totals.throttled;
  }
  std::string out;
  append(out, all, "tsg_provider_models", "gauge", "Models asked under a credential, by their health",
         [](Sums const& s, auto const& line) {
           for (auto const standing : kStandings)
             line(",standing=\"" + std::string{routing::to_string(standing)} + "\"",
                  s.standing[static_cast<std::size_t>(standing)]);
         });
  append(out, all, "tsg_provider_in_flight", "gauge", "Attempts under way",
         [](Sums const& s, auto const& line) { line("", s.in_flight); });
  append(out, all, "tsg_provider_ejections_total", "counter", "Times a breaker opened",
         [](Sums const& s, auto const& line) { line("", s.ejections); });
  append(out, all, "tsg_provider_throttled_total", "counter", "Answers that were the provider's rate limit",
         [](Sums const& s, auto const& line) { line("", s.throttled); });
  out += check_series(services);
  out.append("# HELP tsg_inflight_streams Streams being served\n# TYPE tsg_inflight_streams gauge\n");
  out.append("tsg_inflight_streams ").append(std::to_string(services.streams.now())).append("\n");
  return out;
}

}  // namespace tsg::admin
