#include "admin/provider_health.hpp"

#include <algorithm>
#include <array>
#include <map>

namespace tsg::admin {
namespace {

constexpr std::array kStandings{routing::Standing::usable, routing::Standing::probe,
                                routing::Standing::cooling, routing::Standing::open};

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

std::string_view summary_of(nlohmann::ordered_json const& endpoints) {
  if (endpoints.empty()) return "unknown";
  auto const ill = std::ranges::count_if(endpoints, [](auto const& e) { return e["standing"] != "usable"; });
  return ill == 0 ? "ok" : ill == static_cast<std::ptrdiff_t>(endpoints.size()) ? "down" : "degraded";
}

std::string health_series(pipeline::Services const& services) {
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
  out.append("# HELP tsg_inflight_streams Streams being served\n# TYPE tsg_inflight_streams gauge\n");
  out.append("tsg_inflight_streams ").append(std::to_string(services.streams.now())).append("\n");
  return out;
}

}  // namespace tsg::admin
