#include <algorithm>
#include <nlohmann/json.hpp>

#include "routing/fields.hpp"
#include "tsg/core/bytes.hpp"
#include "tsg/core/crypto.hpp"
#include "tsg/core/ids.hpp"
#include "tsg/core/nearest.hpp"
#include "tsg/json/document.hpp"
#include "tsg/json/value.hpp"
#include "tsg/routing/resolver.hpp"
#include "tsg/routing/route.hpp"

namespace tsg::routing {
namespace {

constexpr std::size_t targets_max = 64;
constexpr std::int64_t tokens_most = 1'000'000'000;

// The same alphabet as instances and credentials; "/" would read as a pinned model.
bool plain(std::string_view name) noexcept {
  auto const fits = [](unsigned char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
           c == '_' || c == '-';
  };
  return !name.empty() && name.size() <= 63 && std::ranges::all_of(name, fits);
}

bool unprintable(unsigned char c) noexcept {
  return c < ' ' || c == 0x7f;
}
std::string printable(std::string_view text) {
  std::string out{text.substr(0, 64)};
  std::ranges::replace_if(out, unprintable, '?');
  return out;
}

bool valid_team(std::string_view name) noexcept {
  auto const dot = name.find('.');
  return dot != name.npos && valid_id(name.substr(0, dot)) && valid_id(name.substr(dot + 1));
}

// A name that nobody can have would never hold, in silence.
void read_names(Fields& f, char const* member, std::vector<std::string> const& names,
                bool (*valid)(std::string_view), std::string const& syntax) {
  for (auto const& name : names)
    if (!valid(name)) f.problem(member, "`" + printable(name) + "` cannot exist: expected " + syntax);
}

Conditions read_conditions(Fields f) {
  Conditions when;
  f.only({"stream", "tools", "images", "audio", "files", "json_schema", "input_tokens_min",
          "input_tokens_max", "environments", "orgs", "teams"});
  f.flag("stream", when.stream);
  f.flag("tools", when.tools);
  f.flag("images", when.images);
  f.flag("audio", when.audio);
  f.flag("files", when.files);
  f.flag("json_schema", when.json_schema);
  when.input_tokens_min = f.integer("input_tokens_min", 0, tokens_most);
  when.input_tokens_max = f.integer("input_tokens_max", 0, tokens_most);
  if (when.input_tokens_min && when.input_tokens_max && *when.input_tokens_min > *when.input_tokens_max)
    f.problem("input_tokens_max", "is below `input_tokens_min`: no request could have both");
  f.texts("environments", when.environments, 64);
  f.texts("orgs", when.orgs, 1'000);
  f.texts("teams", when.teams, 1'000);
  read_names(f, "environments", when.environments, valid_id, "[a-z0-9-]{1,63}");
  read_names(f, "orgs", when.orgs, valid_id, "[a-z0-9-]{1,63}");
  read_names(f, "teams", when.teams, valid_team, "organisation.team, like acme.core");
  return when;
}

void read_name(Fields& f, char const* member, std::string const& name, RouteTarget& out) {
  auto const slash = name.find('/');
  if (slash == 0 || slash == name.npos || slash + 1 == name.size())
    return f.problem(member, "expected provider/model, like openai/gpt-4o");
  if (std::ranges::any_of(name, unprintable))
    return f.problem(member, "has control characters: `" + printable(name) + "`");
  out.provider = name.substr(0, slash);
  out.model = name.substr(slash + 1);
}

RouteTarget read_target(Fields f, Json const& json) {
  RouteTarget target;
  if (json.is_string()) {
    read_name(f, "", json.get_ref<std::string const&>(), target);
    return target;
  }
  if (!f.is_object()) {
    f.problem("", "expected provider/model, or an object with `target`");
    return target;
  }
  f.only({"target", "weight", "when"});
  std::string name;
  f.text("target", name, 512);
  if (f.find("target") == nullptr)
    f.problem("target", "is missing: provider/model");
  else
    read_name(f, "target", name, target);
  if (auto const weight = f.integer("weight", 1, 1'000'000)) target.weight = static_cast<int>(*weight);
  if (auto const* when = f.find("when")) target.when = read_conditions(f.inside(*when, "when"));
  return target;
}

void read_targets(Fields& f, Route& route) {
  auto const* list = f.find("targets");
  if (list == nullptr || !list->is_array() || list->empty() || list->size() > targets_max)
    return f.problem("targets", "expected a list of 1 to " + std::to_string(targets_max) + " targets");
  for (std::size_t i = 0; i < list->size(); ++i) {
    auto const place = "targets[" + std::to_string(i) + "]";
    auto target = read_target(f.inside((*list)[i], place), (*list)[i]);
    auto const same = [&](RouteTarget const& o) {
      return o.provider == target.provider && o.model == target.model;
    };
    if (!target.model.empty() && std::ranges::any_of(route.targets, same))
      f.problem(place, "is listed twice");
    route.targets.push_back(std::move(target));
  }
}

Route read_route(std::string_view name, Json const& json, std::vector<std::string>& problems,
                 std::string const& place) {
  Route route;
  route.name = name;
  Fields f{json, place, problems};
  if (!plain(name)) f.problem("", "a route's name is 1 to 63 letters, digits, dots, dashes or underscores");
  f.only({"description", "strategy", "sticky", "attempts_max", "regions", "hold_back", "targets"});
  if (!f.is_object()) return route;
  f.text("description", route.description, 1'000);
  using enum Strategy;
  f.choice("strategy", route.strategy, {priority, weighted, lowest_cost, lowest_latency, most_remaining});
  f.choice("sticky", route.sticky, {Sticky::none, Sticky::conversation, Sticky::user});
  if (auto const n = f.integer("attempts_max", 1, 10)) route.attempts_max = static_cast<int>(*n);
  f.texts("regions", route.regions, 16);
  if (auto const* hold = f.find("hold_back")) {
    auto h = f.inside(*hold, "hold_back");
    h.only({"tokens", "ms"});
    route.hold_back.tokens = h.integer("tokens", 0, 4'096).value_or(0);
    route.hold_back.time = std::chrono::milliseconds{h.integer("ms", 0, 10'000).value_or(0)};
  }
  read_targets(f, route);
  route.document = json::to_text_lossy(json);
  route.version = version_of(name, route.document);
  return route;
}

// Syntax, duplicate keys and depth by the strict reader; then it is safe to build a tree.
std::optional<Json> read_json(std::string_view text, std::vector<std::string>& problems) {
  json::Limits limits;
  limits.depth_max = 16;
  if (auto const scanned = json::scan(text, limits); !scanned) {
    problems.emplace_back(scanned.error().message());
    return {};
  }
  auto json = json::parse_ordered(text);
  if (json.is_discarded()) {
    problems.emplace_back("is not JSON");
    return {};
  }
  return json;
}

}  // namespace

std::string version_of(std::string_view name, std::string_view document) {
  std::string text{name};
  text.append(1, '\n').append(document);
  auto const digest = crypto::sha256(as_bytes(text));
  return to_hex(std::span{digest}.first(8));
}

ParsedRoute parse_route(std::string_view name, std::string_view text) {
  ParsedRoute out;
  auto const json = read_json(text, out.problems);
  if (!json) return out;
  auto route = read_route(name, *json, out.problems, "");
  if (out.problems.empty()) out.route = std::move(route);
  return out;
}

ParsedRoutes parse_routes(std::string_view text) {
  ParsedRoutes out;
  if (text.empty()) return out;
  auto const json = read_json(text, out.problems);
  if (!json) return out;
  if (!json->is_object()) {
    out.problems.emplace_back("routes: expected a map of route names");
    return out;
  }
  for (auto const& [name, value] : json->items())
    out.routes.push_back(read_route(name, value, out.problems, "routes." + name.substr(0, 64)));
  if (!out.problems.empty()) out.routes.clear();
  return out;
}

std::vector<std::string> misfits(Route const& route, catalog::Catalog const& catalog,
                                 config::Config const& config) {
  std::vector<std::string> problems;
  std::vector<std::string_view> known;
  for (auto const& p : config.providers) known.emplace_back(p.id);
  if (catalog.find(route.name) != nullptr)
    problems.push_back("`" + route.name + "` is the name of a model: a route would hide it");
  for (std::size_t i = 0; i < route.targets.size(); ++i) {
    auto const& t = route.targets[i];
    auto const* provider = config.provider(t.provider);
    auto const place = "targets[" + std::to_string(i) + "]: ";
    if (provider == nullptr) {
      auto const close = nearest(t.provider, known, 1);
      problems.push_back(place + "provider `" + t.provider + "` is not configured" +
                         (close.empty() ? "" : ", did you mean `" + std::string{close[0]} + "`?"));
      continue;
    }
    for (auto const& region : route.regions)
      if (std::ranges::find(provider->regions, region) == provider->regions.end())
        problems.push_back(place + "provider `" + t.provider + "` does not carry the region `" + region +
                           "`");
  }
  return problems;
}

}  // namespace tsg::routing
