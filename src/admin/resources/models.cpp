#include "admin/resources/models.hpp"

#include <charconv>
#include <nlohmann/json.hpp>

#include "admin/lists.hpp"
#include "tsg/core/money.hpp"
#include "tsg/json/value.hpp"

namespace tsg::admin {
namespace {

using Json = nlohmann::ordered_json;

Json price(std::optional<Price> const& p) {
  return p ? Json(to_usd(Nano{p->per_million})) : Json(nullptr);
}

std::string_view status_of(catalog::Status status) noexcept {
  switch (status) {
    case catalog::Status::current:
      return "current";
    case catalog::Status::preview:
      return "preview";
    case catalog::Status::deprecated:
      return "deprecated";
    case catalog::Status::retired:
      return "retired";
  }
  return "";
}

Json capabilities_of(catalog::Model const& m) {
  auto const& c = m.capabilities;
  Json out = Json::array();
  for (auto const& [name, has] : {std::pair{"tools", c.tools},
                                  {"vision", c.vision},
                                  {"pdf", c.pdf},
                                  {"audio", c.audio},
                                  {"json_schema", c.json_schema},
                                  {"reasoning", c.reasoning},
                                  {"web_search", c.web_search}})
    if (has) out.push_back(name);
  return out;
}

Json model_json(catalog::Model const& m, WallTime now) {
  catalog::Prices prices;
  for (auto const& period : m.periods)
    if (period.from <= now) prices = period.standard;
  Json out;
  out["provider"] = m.provider;
  out["id"] = m.id;
  out["aliases"] = m.aliases;
  out["status"] = status_of(m.status);
  out["context_window"] = m.context_window ? Json(*m.context_window) : Json(nullptr);
  out["max_output_tokens"] = m.max_output_tokens ? Json(*m.max_output_tokens) : Json(nullptr);
  out["input_usd_per_million"] = price(prices.input);
  out["cached_input_usd_per_million"] = price(prices.cached_input);
  out["output_usd_per_million"] = price(prices.output);
  out["capabilities"] = capabilities_of(m);
  out["deprecated_on"] = m.deprecated_on.empty() ? Json(nullptr) : Json(m.deprecated_on);
  return out;
}

}  // namespace

Task<Reply> list_models(State& state, Call& call) {
  auto query = parse_query(call.http.head().query, {});
  if (!query) co_return query.error();
  std::size_t at = 0;
  auto const& cursor = query->page.cursor;
  auto const [end, ec] = std::from_chars(cursor.data(), cursor.data() + cursor.size(), at);
  if (!cursor.empty() && (ec != std::errc{} || end != cursor.data() + cursor.size()))
    co_return Error{Errc::bad_request, "'cursor' is not one that this list gave.", "cursor"};
  auto const runtime = state.settings.services.runtime.load();
  auto const models = runtime->catalog->models();
  std::vector<std::string> items;
  for (; at < models.size() && items.size() < query->page.limit; ++at)
    items.push_back(json::to_text(model_json(models[at], call.now)));
  co_return Reply{200, list_json(items, at < models.size() ? std::to_string(at) : std::string{})};
}

}  // namespace tsg::admin
