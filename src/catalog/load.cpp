#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>

#include "catalog/parse.hpp"
#include "tsg/core/bytes.hpp"
#include "tsg/core/crypto.hpp"
#include "tsg/json/value.hpp"

namespace tsg::catalog {
namespace {

std::string name_of(Json const& entry) {
  auto const part = [&](char const* key) -> std::string {
    return entry.is_object() && entry.contains(key) && entry[key].is_string() ? entry[key].get<std::string>()
                                                                              : "?";
  };
  return part("provider") + "/" + part("id");
}

// Checks what stands around the entries, and gives those.
Json entries_of(Json const& file, Problems& problems) {
  if (!file.is_object()) {
    problems.add("catalogue: expected an object with `models`");
    return Json::array();
  }
  for (auto const& [name, value] : file.items()) {
    if (name == "schema" && value != 1)
      problems.add("catalogue: schema " + json::to_text(value) + " is not known, 1 is");
    if (name != "schema" && name != "source_date" && name != "resold" && name != "models")
      problems.add("catalogue: unknown member `" + name + "`");
  }
  if (file.contains("models") && file["models"].is_array()) return file["models"];
  problems.add("catalogue: `models` must be a list");
  return Json::array();
}

// `"provider/id": {…}` changes the members it names (RFC 7386: null removes) or makes a new entry.
void apply_overrides(Json& entries, Json const& overrides, Problems& problems) {
  if (!overrides.is_object()) return problems.add("overrides: expected an object");
  for (auto const& [name, patch] : overrides.items()) {
    auto const slash = name.find('/');
    if (slash == 0 || slash == name.npos || slash + 1 == name.size() || !patch.is_object()) {
      problems.under(name,
                     [&] { problems.add("expected provider/model as the name, and an object below it"); });
      continue;
    }
    auto const found = std::ranges::find(entries, name, name_of);
    auto& entry = found != entries.end() ? *found : entries.emplace_back(Json::object());
    entry.merge_patch(patch);
    entry["provider"] = name.substr(0, slash);
    entry["id"] = name.substr(slash + 1);
  }
}

// Who sells models of others under "creator/model": at their creators' token prices, plus its own fees as its
// model `like` has them.
struct Reseller {
  std::string like;
  std::map<std::string, std::string, std::less<>> creators;  // "google" -> provider
};
using Resellers = std::map<std::string, Reseller, std::less<>>;

Resellers read_resellers(Json const& json, Problems& problems) {
  Resellers out;
  if (!json.is_object()) return problems.add("expected an object"), out;
  for (auto const& [name, value] : json.items())
    problems.under(name, [&, &name = name, &value = value] {
      constexpr std::string_view expected = R"(expected {"like": "id", "creators": {"prefix": "provider"}})";
      if (!value.is_object() || value.size() != 2 || !value.contains("like") || !value["like"].is_string() ||
          !value.contains("creators") || !value["creators"].is_object())
        return problems.add(expected);
      auto& reseller = out[name];
      reseller.like = value["like"].get<std::string>();
      for (auto const& [prefix, provider] : value["creators"].items()) {
        if (!provider.is_string()) return problems.add(expected);
        reseller.creators[prefix] = provider.get<std::string>();
      }
    });
  return out;
}

// A file of one's own may leave `resold` out: who sells what is not a matter of prices.
Resellers resellers_of(Json const& file, Problems& problems) {
  Resellers out;
  if (file.is_object() && file.contains("resold")) {
    problems.under("resold", [&] { out = read_resellers(file["resold"], problems); });
    return out;
  }
  static Resellers const ours = [] {
    Problems none;
    return read_resellers(json::own_ordered(Catalog::built_in())["resold"], none);
  }();
  return ours;
}

void add_resold(std::vector<Model> const& models, std::string const& name, Reseller const& by,
                std::vector<Model>& out) {
  auto const own =
      std::ranges::find_if(models, [&](Model const& m) { return m.provider == name && m.id == by.like; });
  if (own == models.end()) return;
  for (auto const& [creator, provider] : by.creators)
    for (auto const& model : models) {
      if (model.provider != provider || model.mode == Mode::embedding || model.status == Status::retired)
        continue;
      auto copy = model;
      auto const prefix = creator + "/";
      copy.provider = name;
      copy.id = prefix + model.id;
      for (auto& alias : copy.aliases) alias.insert(0, prefix);
      copy.mode = Mode::responses;
      copy.fees = own->fees;
      copy.regional.clear();
      copy.rules.clear();  // rules of the creator's own wire
      out.push_back(std::move(copy));
    }
}

template <class F>
void each_name(Model const& model, F&& body) {
  body(model.id);
  for (auto const& alias : model.aliases) body(alias);
}

}  // namespace

Catalog::Loaded Catalog::load(std::string_view json, std::string_view overrides_json) {
  Problems problems;
  auto catalog = std::make_shared<Catalog>();
  auto const file = parse_json(json, "catalogue", problems);
  auto entries = file.is_discarded() ? Json::array() : entries_of(file, problems);
  if (!overrides_json.empty()) {
    auto const overrides = parse_json(overrides_json, "overrides", problems);
    if (!overrides.is_discarded()) apply_overrides(entries, overrides, problems);
  }

  if (file.is_object())
    if (auto const date = file.find("source_date"); date != file.end() && date->is_string())
      catalog->source_date_ = date->get<std::string>();
  catalog->models_.reserve(entries.size());  // by_id_ keeps pointers into both vectors
  for (auto const& entry : entries)
    problems.under(name_of(entry), [&] { catalog->models_.push_back(parse_model(entry, problems)); });
  for (auto const& model : catalog->models_)
    each_name(model, [&](std::string const& name) {
      auto& bearers = catalog->by_id_[name];
      for (auto const* other : bearers)
        if (other->provider == model.provider)
          problems.add(model.provider + "/" + model.id + ": `" + name + "` is already a name of " +
                       other->id);
      bearers.push_back(&model);
    });
  for (auto const& [name, reseller] : resellers_of(file, problems))
    add_resold(catalog->models_, name, reseller, catalog->resold_);
  for (auto const& model : catalog->resold_)
    each_name(model, [&](std::string const& name) { catalog->resold_by_id_[name].push_back(&model); });

  std::string text{json};
  if (!overrides_json.empty()) text.append(1, '\0').append(overrides_json);
  catalog->version_ = to_hex(crypto::sha256(as_bytes(text))).substr(0, 16);

  Loaded loaded;
  loaded.problems = problems.take();
  if (loaded.problems.empty()) loaded.catalog = std::move(catalog);
  return loaded;
}

Model const* Catalog::find(std::string_view provider, std::string_view id) const noexcept {
  auto const of = [&](auto const& names) -> Model const* {
    auto const found = names.find(id);
    if (found == names.end()) return nullptr;
    for (auto const* model : found->second)
      if (model->provider == provider) return model;
    return nullptr;
  };
  auto const* own = of(by_id_);
  return own != nullptr ? own : of(resold_by_id_);
}

Model const* Catalog::find(std::string_view id) const noexcept {
  auto const found = by_id_.find(id);
  return found == by_id_.end() || found->second.size() != 1 ? nullptr : found->second.front();
}

}  // namespace tsg::catalog
