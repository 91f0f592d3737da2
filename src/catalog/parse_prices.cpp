#include "catalog/members.hpp"

#include <nlohmann/json.hpp>

#include "tsg/json/value.hpp"

namespace tsg::catalog {
namespace {

Member<Prices> price(std::string_view name, std::optional<Price> Prices::*member) {
  return {name, [=](Json const& json, Prices& out, Problems& problems) {
            out.*member = read_price(json, problems);
          }};
}

template <class T>
Member<T> tiers() {
  return {"tiers", [](Json const& json, T& out, Problems& problems) {
            if (!json.is_object()) return problems.add("expected an object");
            for (auto const& [name, prices] : json.items())
              problems.under(name, [&] { read_object(prices, price_members(), out.tiers[name], problems); });
          }};
}

std::vector<Member<LongContext>> const& long_context_members() {
  static std::vector<Member<LongContext>> const members{
      {"threshold",
       [](Json const& json, LongContext& out, Problems& problems) {
         if (!json.is_number_integer() || json.get<std::int64_t>() <= 0)
           return problems.add("expected a positive number of tokens");
         out.threshold = json.get<std::int64_t>();
       },
       true},
      {"inclusive",
       [](Json const& json, LongContext& out, Problems& problems) {
         if (!json.is_boolean()) return problems.add("expected true or false");
         out.inclusive = json.get<bool>();
       }},
      {"prices",
       [](Json const& json, LongContext& out, Problems& problems) {
         read_object(json, price_members(), out.prices, problems);
       },
       true},
      tiers<LongContext>(),
  };
  return members;
}

}  // namespace

std::optional<Price> read_price(Json const& json, Problems& problems) {
  std::optional<Price> price;
  if (json.is_string()) price = parse_usd_per_million(json.get_ref<std::string const&>());
  if (json.is_number_unsigned()) price = parse_usd_per_million(std::to_string(json.get<std::uint64_t>()));
  if (!price)
    problems.add("expected a price as a decimal string like \"0.25\", got " +
                 json::to_text(json).substr(0, 40));
  return price;
}

std::vector<Member<Prices>> const& price_members() {
  static std::vector<Member<Prices>> const members{
      price("input", &Prices::input),
      price("output", &Prices::output),
      price("cached_input", &Prices::cached_input),
      price("cache_write_5m", &Prices::cache_write_5m),
      price("cache_write_30m", &Prices::cache_write_30m),
      price("cache_write_1h", &Prices::cache_write_1h),
      price("cache_write_12h", &Prices::cache_write_12h),
      price("input_audio", &Prices::input_audio),
      price("cached_input_audio", &Prices::cached_input_audio),
      price("output_audio", &Prices::output_audio),
      price("input_image", &Prices::input_image),
      price("output_image", &Prices::output_image),
      price("reasoning", &Prices::reasoning),
      price("citation", &Prices::citation),
  };
  return members;
}

std::vector<Member<Period>> const& period_members() {
  static std::vector<Member<Period>> const members{
      {"from",
       [](Json const& json, Period& out, Problems& problems) {
         auto const day = json.is_string() ? json.get<std::string>() : "";
         auto const from = parse_rfc3339(day + "T00:00:00Z");
         if (!from) return problems.add("expected a date like 2026-12-01");
         out.from = *from;
       }},
      {"prices",
       [](Json const& json, Period& out, Problems& problems) {
         read_object(json, price_members(), out.standard, problems);
       },
       true},
      {"long_context",
       [](Json const& json, Period& out, Problems& problems) {
         read_object(json, long_context_members(), out.long_context.emplace(), problems);
       }},
      tiers<Period>(),
  };
  return members;
}

}  // namespace tsg::catalog
