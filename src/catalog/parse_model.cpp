#include <algorithm>
#include <nlohmann/json.hpp>

#include "catalog/members.hpp"
#include "tsg/json/value.hpp"

namespace tsg::catalog {
namespace {

Member<Model> text(std::string_view name, std::string Model::*member, bool required = false) {
  return {name,
          [=](Json const& json, Model& out, Problems& problems) {
            if (!json.is_string() || json.get_ref<std::string const&>().empty())
              return problems.add("expected a text");
            out.*member = json.get<std::string>();
          },
          required};
}

Member<Model> tokens(std::string_view name, std::optional<std::int64_t> Model::*member) {
  return {name, [=](Json const& json, Model& out, Problems& problems) {
            if (!json.is_number_integer() || json.get<std::int64_t>() <= 0)
              return problems.add("expected a positive number of tokens");
            out.*member = json.get<std::int64_t>();
          }};
}

template <class E>
Member<Model> choice(std::string_view name, E Model::*member,
                     std::vector<std::pair<std::string_view, E>> options) {
  return {name, [=](Json const& json, Model& out, Problems& problems) {
            for (auto const& [option, value] : options)
              if (json == option) {
                out.*member = value;
                return;
              }
            problems.add("unknown value " + json::to_text(json).substr(0, 40));
          }};
}

// The members that make a price may stand in the entry itself (one period, always valid) or in `periods`.
Member<Model> price_part(std::string_view name) {
  return {name, [=](Json const& json, Model& out, Problems& problems) {
            if (out.periods.empty()) out.periods.emplace_back();
            auto const part = std::ranges::find(period_members(), name, &Member<Period>::name);
            part->read(json, out.periods.front(), problems);
          }};
}

void read_periods(Json const& json, Model& out, Problems& problems) {
  if (!json.is_array()) return problems.add("expected a list");
  for (auto const& item : json) {
    Period period;
    read_object(item, period_members(), period, problems);
    if (!out.periods.empty() && period.from <= out.periods.back().from)
      problems.add("periods must be in order of `from`, each at another time");
    out.periods.push_back(std::move(period));
  }
}

// Per 1,000 calls in the file, as providers publish them; per 1,000,000 in memory, as all prices.
void read_fees(Json const& json, Model& out, Problems& problems) {
  if (!json.is_object()) return problems.add("expected an object");
  for (auto const& [name, value] : json.items())
    problems.under(name, [&] {
      auto const price = read_price(value, problems);
      if (!price) return;
      if (price->per_million > INT64_MAX / 1'000) return problems.add("is too large");
      out.fees[name] = Price{price->per_million * 1'000};
    });
}

void read_regional(Json const& json, Model& out, Problems& problems) {
  if (!json.is_object()) return problems.add("expected an object");
  constexpr std::int64_t nano_per_micro = 1'000;
  for (auto const& [name, value] : json.items())
    problems.under(name, [&] {
      auto const factor = value.is_string() ? parse_usd(value.get_ref<std::string const&>()) : std::nullopt;
      if (!factor || factor->v <= 0 || factor->v % nano_per_micro != 0 || factor->v > 100'000'000'000)
        return problems.add("expected a factor like \"1.1\", at most six decimals");
      out.regional[name] = factor->v / nano_per_micro;
    });
}

void read_aliases(Json const& json, Model& out, Problems& problems) {
  if (!json.is_array()) return problems.add("expected a list");
  for (auto const& alias : json) {
    if (alias.is_string() && !alias.get_ref<std::string const&>().empty())
      out.aliases.push_back(alias.get<std::string>());
    else
      problems.add("expected a text");
  }
}

void read_capabilities(Json const& json, Model& out, Problems& problems) {
  auto const flag = [](std::string_view name, bool Capabilities::*member) {
    return Member<Capabilities>{name, [=](Json const& value, Capabilities& to, Problems& found) {
                                  if (!value.is_boolean()) return found.add("expected true or false");
                                  to.*member = value.get<bool>();
                                }};
  };
  static std::vector<Member<Capabilities>> const members{
      flag("tools", &Capabilities::tools),
      flag("vision", &Capabilities::vision),
      flag("pdf", &Capabilities::pdf),
      flag("audio", &Capabilities::audio),
      flag("json_schema", &Capabilities::json_schema),
      flag("reasoning", &Capabilities::reasoning),
      flag("streaming", &Capabilities::streaming),
      flag("web_search", &Capabilities::web_search),
      flag("prompt_cache", &Capabilities::prompt_cache),
  };
  out.capabilities.told = true;
  read_object(json, members, out.capabilities, problems);
}

void read_rules(Json const& json, Model& out, Problems& problems) {
  if (!json.is_object()) return problems.add("expected an object");
  for (auto const& [name, value] : json.items()) out.rules[name] = json::to_text_lossy(value);
}

std::vector<Member<Model>> const& model_members() {
  static std::vector<Member<Model>> const members{
      text("provider", &Model::provider, true),
      text("id", &Model::id, true),
      {"aliases", read_aliases},
      choice("mode", &Model::mode,
             {{"chat", Mode::chat}, {"responses", Mode::responses}, {"embedding", Mode::embedding}}),
      choice("status", &Model::status,
             {{"current", Status::current},
              {"preview", Status::preview},
              {"deprecated", Status::deprecated},
              {"retired", Status::retired}}),
      tokens("context_window", &Model::context_window),
      tokens("max_output_tokens", &Model::max_output_tokens),
      price_part("prices"),
      price_part("long_context"),
      price_part("tiers"),
      {"periods", read_periods},
      {"fees_per_1k", read_fees},
      {"regional", read_regional},
      {"capabilities", read_capabilities},
      text("released", &Model::released),
      text("deprecated_on", &Model::deprecated_on),
      {"rules", read_rules},
  };
  return members;
}

}  // namespace

Model parse_model(Json const& entry, Problems& problems) {
  Model model;
  read_object(entry, model_members(), model, problems);
  auto const has = [&](char const* name) {
    return entry.is_object() && entry.contains(name) && !entry[name].is_null();
  };
  auto const loose = has("prices") || has("long_context") || has("tiers");
  if (has("periods") && loose) problems.add("prices stand either in the entry or in `periods`, not in both");
  if (!has("prices") && (has("tiers") || has("long_context"))) problems.add("`prices` is missing");
  return model;
}

}  // namespace tsg::catalog
