#include "cli/state.hpp"

#include <algorithm>
#include <array>
#include <iterator>
#include <tuple>

namespace tsg::cli {
namespace {

using Plain = nlohmann::json;

constexpr std::array kDocuments{Kind::policy, Kind::limit, Kind::budget, Kind::terms};
constexpr std::array kKeyMembers{"environment", "allowed_models", "limits", "expires_at", "tags", "disabled"};

Error bad(std::string const& where, std::string const& rule) {
  return Error{Errc::bad_request, where + " " + rule};
}

bool is_text(Json const& v) {
  return v.is_string() && !v.get_ref<std::string const&>().empty();
}
bool is_text_or_null(Json const& v) {
  return v.is_null() || v.is_string();
}
bool is_flag(Json const& v) {
  return v.is_boolean();
}
bool is_texts(Json const& v) {
  return v.is_array() && std::all_of(v.begin(), v.end(), is_text);
}
bool is_mapping_or_null(Json const& v) {
  return v.is_null() || v.is_object();
}
bool is_labels_or_null(Json const& v) {
  return v.is_null() ||
         (v.is_object() && std::all_of(v.begin(), v.end(), [](Json const& x) { return x.is_string(); }));
}

struct Shape {
  std::string_view name;
  bool (*fits)(Json const&);
  std::string_view rule;
};
// Of members that mean the same wherever they stand. What is in documents the gateway checks.
constexpr std::array kShapes{
    Shape{"id", is_text, "must be a string; quote what looks like a number"},
    Shape{"name", is_text, "must be a string; quote what looks like a number, or leave it out"},
    Shape{"disabled", is_flag, "must be true or false, without quotes"},
    Shape{"environment", is_text, "must be a string; quote what looks like a number"},
    Shape{"allowed_models", is_texts, "must be a list of strings, [] allows nothing"},
    Shape{"limits", is_mapping_or_null, "must be a mapping"},
    Shape{"expires_at", is_text_or_null, "must be an RFC 3339 time"},
    Shape{"tags", is_labels_or_null, "must be a mapping of strings; quote what looks like a number"},
    Shape{"monthly_budget_usd", is_text_or_null, "must be a decimal in quotes, such as \"25.00\""},
};

// A mapping of known members, each of its type.
Result<> only(Json const& object, std::string const& where, std::vector<std::string_view> const& known) {
  if (!object.is_object()) return bad(where, "must be a mapping");
  for (auto const& [name, value] : object.items()) {
    if (std::find(known.begin(), known.end(), name) == known.end()) {
      std::string all;
      for (auto const k : known) all += (all.empty() ? "" : ", ") + std::string{k};
      return bad(where + "." + name, "is not known; there are: " + all);
    }
    auto const shape = std::ranges::find(kShapes, std::string_view{name}, &Shape::name);
    if (shape != kShapes.end() && !shape->fits(value))
      return bad(where + "." + name, std::string{shape->rule});
  }
  return boost::system::in_place_value;
}

Result<std::string> text_of(Json const& object, std::string const& where, char const* name) {
  auto const it = object.find(name);
  if (it == object.end() || !it->is_string() || it->get<std::string>().empty())
    return bad(where + "." + name, "is required, a string");
  return it->get<std::string>();
}

class Reader {
 public:
  explicit Reader(bool prune) : prune_{prune} {}
  Items items;

  Result<> root(Json const& state) {
    auto shape = only(state, "the file", {"organisations"});
    if (!shape) return shape;
    if (prune_ && !state.contains("organisations"))
      return bad("organisations",
                 "is missing, and --prune would remove all there are: write [] to mean that");
    return each(state, "", "organisations",
                [&](Json const& o, std::string const& where) { return org(o, where); });
  }

 private:
  // Is there something behind the name? Nothing is as if it did not stand there, unless that would remove.
  Result<bool> given(Json const& holder, std::string const& here, std::string const& name) const {
    auto const it = holder.find(name);
    if (it == holder.end()) return false;
    if (it->is_null() && prune_)
      return bad(here,
                 "has nothing behind it, and --prune would remove what is there: leave it out to mean that" +
                     std::string{name == "organisations" ? ", or write []" : ""});
    return !it->is_null();
  }

  template <class F>
  Result<> each(Json const& parent, std::string const& where, char const* name, F read) {
    auto const here = where.empty() ? std::string{name} : where + "." + name;
    auto const there = given(parent, here, name);
    if (!there) return there.error();
    if (!*there) return boost::system::in_place_value;
    auto const it = parent.find(name);
    if (!it->is_array()) return bad(here, "must be a list");
    for (std::size_t i = 0; i < it->size(); ++i)
      if (auto done = read((*it)[i], here + "[" + std::to_string(i) + "]"); !done) return done;
    return boost::system::in_place_value;
  }

  Result<> put(Kind kind, std::string const& id, std::string const& where, Plain body) {
    if (!items.emplace(std::pair{kind, id}, std::move(body)).second)
      return bad(where, "is there twice: " + std::string{to_string(kind)} + " " + id);
    return boost::system::in_place_value;
  }

  Result<> documents(Json const& holder, std::string const& where, std::string const& scope) {
    for (auto const kind : kDocuments) {
      std::string const name{to_string(kind)};
      auto const there = given(holder, where + "." + name, name);
      if (!there) return there.error();
      if (!*there) continue;
      auto const& document = holder.at(name);
      if (!document.is_object()) return bad(where + "." + name, "must be a mapping");
      if (auto done = put(kind, scope, where, Plain(document)); !done) return done;
    }
    return boost::system::in_place_value;
  }

  Result<> environments(Json const& holder, std::string const& where, std::string const& scope) {
    auto const there = given(holder, where + ".environments", "environments");
    if (!there) return there.error();
    if (!*there) return boost::system::in_place_value;
    auto const& by_name = holder.at("environments");
    if (!by_name.is_object()) return bad(where + ".environments", "must be a mapping by name");
    for (auto const& [name, documents_of] : by_name.items()) {
      auto const here = where + ".environments." + name;
      if (auto shape = only(documents_of, here, {"policy", "limit", "budget", "terms"}); !shape) return shape;
      if (auto done = documents(documents_of, here, scope + "/" + name); !done) return done;
    }
    return boost::system::in_place_value;
  }

  Result<> entity(Kind kind, Json const& e, std::string const& where, std::string const& id,
                  std::string const& short_id) {
    Plain body;
    body["name"] = e.value("name", short_id);
    body["disabled"] = e.value("disabled", false);
    if (auto done = put(kind, id, where, std::move(body)); !done) return done;
    auto const scope = std::string{to_string(kind)} + "/" + id;
    if (auto done = documents(e, where, scope); !done) return done;
    return environments(e, where, scope);
  }

  Result<> org(Json const& o, std::string const& where) {
    auto shape = only(
        o, where, {"id", "name", "disabled", "policy", "limit", "budget", "terms", "environments", "teams"});
    if (!shape) return shape;
    auto id = text_of(o, where, "id");
    if (!id) return id.error();
    if (auto done = entity(Kind::org, o, where, *id, *id); !done) return done;
    return each(o, where, "teams", [&](Json const& t, std::string const& at) { return team(t, at, *id); });
  }

  Result<> team(Json const& t, std::string const& where, std::string const& org) {
    auto shape = only(
        t, where, {"id", "name", "disabled", "policy", "limit", "budget", "terms", "environments", "keys"});
    if (!shape) return shape;
    auto id = text_of(t, where, "id");
    if (!id) return id.error();
    auto const full = org + "." + *id;
    if (auto done = entity(Kind::team, t, where, full, *id); !done) return done;
    return each(t, where, "keys", [&](Json const& k, std::string const& at) { return key(k, at, full); });
  }

  Result<> key(Json const& k, std::string const& where, std::string const& team) {
    std::vector<std::string_view> known{
        "id", "name", "policy", "limit", "budget", "terms", "monthly_budget_usd"};
    known.insert(known.end(), kKeyMembers.begin(), kKeyMembers.end());
    if (auto shape = only(k, where, known); !shape) return shape;
    auto name = text_of(k, where, "name");
    if (!name) return name.error();
    if (auto environment = text_of(k, where, "environment"); !environment) return environment.error();
    if (!k.contains("allowed_models")) return bad(where + ".allowed_models", "is required");
    Plain body;
    for (auto const* member : kKeyMembers) body[member] = k.contains(member) ? Plain(k.at(member)) : Plain();
    if (body["disabled"].is_null()) body["disabled"] = false;
    if (body["tags"].is_null()) body["tags"] = Plain::object();
    auto label = *name;
    if (k.contains("id")) {  // then its name is one more thing that the file may change
      auto id = text_of(k, where, "id");
      if (!id) return id.error();
      label = *id;
      body["name"] = *name;
    }
    auto const id = team + "/" + label;
    if (auto done = put(Kind::key, id, where, std::move(body)); !done) return done;
    if (auto done = short_budget(k, where, "key/" + id); !done) return done;
    return documents(k, where, "key/" + id);
  }

  // A key's `monthly_budget_usd` is a short way to write its `budget`: one thing, so not both.
  Result<> short_budget(Json const& k, std::string const& where, std::string const& scope) {
    auto const there = given(k, where + ".monthly_budget_usd", "monthly_budget_usd");
    if (!there) return there.error();
    if (!*there) return boost::system::in_place_value;
    if (k.contains("budget")) return bad(where + ".monthly_budget_usd", "is the same as budget: one of them");
    return put(Kind::budget, scope, where, Plain{{"monthly_usd", Plain(k.at("monthly_budget_usd"))}});
  }

  bool prune_;
};

// Where a step stands among creations and changes.
auto place_of(Step const& s) {
  bool const made = s.verb == Step::Verb::create;
  bool const of_key = s.kind == Kind::key || s.id.starts_with("key/");
  auto const key = !of_key ? std::string{} : s.kind == Kind::key ? s.id : s.id.substr(4);
  int const rank = of_key ? 4 : s.kind >= Kind::policy ? 2 : !made ? 3 : static_cast<int>(s.kind);
  int const within = s.kind != Kind::key ? 1 : made ? 0 : 2;
  return std::tuple{rank, key, within};
}

int place_of_removal(Step const& s) {
  if (s.kind == Kind::key) return 0;
  return s.kind >= Kind::policy ? 1 : s.kind == Kind::team ? 2 : 3;
}

// The documents of one scope into its holder.
void add_documents(Items const& items, std::string const& scope, Json& holder) {
  for (auto const kind : kDocuments)
    if (auto const it = items.find({kind, scope}); it != items.end())
      holder[std::string{to_string(kind)}] = it->second;
}

void add_entity(Items const& items, Kind kind, std::string const& id, Plain const& body, Json& out) {
  out["name"] = body["name"];
  if (body["disabled"] == true) out["disabled"] = true;
  auto const scope = std::string{to_string(kind)} + "/" + id;
  add_documents(items, scope, out);
  Json environments = Json::object();
  for (auto const& [at, document] : items)
    if (at.second.starts_with(scope + "/") && at.first >= Kind::policy)
      environments[at.second.substr(scope.size() + 1)][std::string{to_string(at.first)}] = document;
  if (!environments.empty()) out["environments"] = std::move(environments);
}

Json key_of(Items const& items, std::string const& id, Plain const& body) {
  Json out;
  auto const label = id.substr(id.find('/') + 1);
  bool const by_id = body.contains("name");
  if (by_id) out["id"] = label;
  out["name"] = by_id ? Json(body["name"]) : Json(label);
  for (auto const* member : kKeyMembers) {
    auto const& value = body[member];
    if (value.is_null() || value == Plain(false) || value == Plain::object()) continue;
    out[member] = value;
  }
  add_documents(items, "key/" + id, out);
  return out;
}

}  // namespace

std::string_view to_string(Kind kind) noexcept {
  constexpr std::array<std::string_view, 7> kNames{"org",   "team",   "key",  "policy",
                                                   "limit", "budget", "terms"};
  return kNames[static_cast<std::size_t>(kind)];
}

Result<Items> items_of(Json const& state, bool prune) {
  Reader reader{prune};
  auto read = reader.root(state);
  if (!read) return read.error();
  return std::move(reader.items);
}

Json state_of(Items const& items) {
  Json orgs = Json::array();
  for (auto const& [at, body] : items) {
    if (at.first != Kind::org) continue;
    Json org;
    org["id"] = at.second;
    add_entity(items, Kind::org, at.second, body, org);
    Json teams = Json::array();
    for (auto const& [team_at, team_body] : items) {
      if (team_at.first != Kind::team || !team_at.second.starts_with(at.second + ".")) continue;
      Json team;
      team["id"] = team_at.second.substr(at.second.size() + 1);
      add_entity(items, Kind::team, team_at.second, team_body, team);
      Json keys = Json::array();
      for (auto const& [key_at, key_body] : items)
        if (key_at.first == Kind::key && key_at.second.starts_with(team_at.second + "/"))
          keys.push_back(key_of(items, key_at.second, key_body));
      if (!keys.empty()) team["keys"] = std::move(keys);
      teams.push_back(std::move(team));
    }
    if (!teams.empty()) org["teams"] = std::move(teams);
    orgs.push_back(std::move(org));
  }
  Json out;
  out["organisations"] = std::move(orgs);
  return out;
}

Result<std::vector<Step>> plan(Items const& wanted, Items const& there, bool prune) {
  std::vector<Step> out;
  for (auto const& [at, body] : wanted) {
    auto const now = there.find(at);
    Step step;
    step.kind = at.first;
    step.id = at.second;
    step.body = body;
    if (now == there.end() && at.first == Kind::key && body.contains("name"))
      return bad(
          "key " + at.second,
          "does not exist or is revoked: ids are given by the gateway, leave 'id' out to create a key");
    if (now != there.end()) {
      if (now->second == body) continue;
      if (at.first == Kind::key && now->second["environment"] != body["environment"])
        return bad("key " + at.second, "cannot change its environment: revoke it and name a new one");
      step.verb = Step::Verb::change;
      step.before = now->second;
    }
    out.push_back(std::move(step));
  }
  std::ranges::stable_sort(out, {}, place_of);
  if (!prune) return out;
  std::vector<Step> removals;
  for (auto it = there.rbegin(); it != there.rend(); ++it) {
    if (wanted.contains(it->first)) continue;
    Step step;
    step.verb = Step::Verb::remove;
    step.kind = it->first.first;
    step.id = it->first.second;
    step.before = it->second;
    removals.push_back(std::move(step));
  }
  std::ranges::stable_sort(removals, {}, place_of_removal);
  out.insert(out.end(), std::make_move_iterator(removals.begin()), std::make_move_iterator(removals.end()));
  return out;
}

std::string describe(Step const& step) {
  constexpr std::array kSigns{"+ ", "~ ", "- "};
  std::string out = kSigns[static_cast<std::size_t>(step.verb)];
  out += std::string{to_string(step.kind)} + " " + step.id;
  if (step.verb != Step::Verb::change) return out;
  std::string members;
  for (auto const& object : {&step.body, &step.before})
    for (auto const& [name, value] : object->items()) {
      auto const& other = object == &step.body ? step.before : step.body;
      if (other.contains(name) && (other[name] == value || object == &step.before)) continue;
      members += (members.empty() ? ": " : ", ") + name;
    }
  return out + members;
}

}  // namespace tsg::cli
