#include "admin/resources/prices.hpp"

#include <array>
#include <charconv>
#include <nlohmann/json.hpp>

#include "admin/lists.hpp"
#include "tsg/core/money.hpp"
#include "tsg/json/value.hpp"

namespace tsg::admin {
namespace {

using Json = nlohmann::ordered_json;
using catalog::Prices;

struct Meter {
  char const* name;
  std::optional<Price> Prices::*price;
};
constexpr std::array kMeters{
    Meter{"input", &Prices::input},
    Meter{"cached_input", &Prices::cached_input},
    Meter{"cache_write_5m", &Prices::cache_write_5m},
    Meter{"cache_write_30m", &Prices::cache_write_30m},
    Meter{"cache_write_1h", &Prices::cache_write_1h},
    Meter{"cache_write_12h", &Prices::cache_write_12h},
    Meter{"output", &Prices::output},
    Meter{"reasoning", &Prices::reasoning},
    Meter{"input_audio", &Prices::input_audio},
    Meter{"cached_input_audio", &Prices::cached_input_audio},
    Meter{"output_audio", &Prices::output_audio},
    Meter{"input_image", &Prices::input_image},
    Meter{"output_image", &Prices::output_image},
    Meter{"citation", &Prices::citation},
};

Json time_or_null(WallTime time, std::int64_t none) {
  return time.ns == none ? Json(nullptr) : Json(to_rfc3339(time));
}

// The rows of one model, in the order of its periods.
class Rows {
 public:
  explicit Rows(std::string const& version) : version_{version} {}

  void add(catalog::Model const& m) {
    for (std::size_t i = 0; i < m.periods.size(); ++i) {
      auto const& period = m.periods[i];
      until_ = i + 1 < m.periods.size() ? m.periods[i + 1].from : WallTime{INT64_MAX};
      add_sets(m, period.from, nullptr, period.standard, period.tiers);
      if (auto const& l = period.long_context) add_sets(m, period.from, &*l, l->prices, l->tiers);
    }
    if (!m.fees.empty()) add_fees(m);
  }
  std::vector<std::string> take() { return std::move(rows_); }

 private:
  template <class Tiers>
  void add_sets(catalog::Model const& m, WallTime from, catalog::LongContext const* context,
                Prices const& standard, Tiers const& tiers) {
    add_set(m, from, context, "standard", standard);
    for (auto const& [tier, prices] : tiers) add_set(m, from, context, tier, prices);
  }
  Json head(catalog::Model const& m, std::string const& tier) const {
    Json row;
    row["provider"] = m.provider;
    row["model"] = m.id;
    row["price_version"] = version_;
    row["tier"] = tier;
    return row;
  }
  void add_set(catalog::Model const& m, WallTime from, catalog::LongContext const* context,
               std::string const& tier, Prices const& prices) {
    auto row = head(m, tier);
    row["context"] = context ? Json((context->inclusive ? ">=" : ">") + std::to_string(context->threshold))
                             : Json(nullptr);
    row["effective_from"] = time_or_null(from, INT64_MIN);
    row["effective_to"] = time_or_null(until_, INT64_MAX);
    auto& list = row["usd_per_million"] = Json::object();
    for (auto const& meter : kMeters)
      if (auto const& p = prices.*meter.price) list[meter.name] = to_usd(Nano{p->per_million});
    rows_.push_back(json::to_text(row));
  }
  void add_fees(catalog::Model const& m) {
    auto row = head(m, "fees");
    for (auto const* none : {"context", "effective_from", "effective_to"}) row[none] = nullptr;
    auto& list = row["usd_per_million"] = Json::object();
    for (auto const& [name, fee] : m.fees) list[name] = to_usd(Nano{fee.per_million});
    rows_.push_back(json::to_text(row));
  }

  std::string const& version_;
  WallTime until_;
  std::vector<std::string> rows_;
};

}  // namespace

Task<Reply> list_prices(State& state, Call& call) {
  auto query = parse_query(call.http.head().query, {"provider", "model"});
  if (!query) co_return query.error();
  std::size_t at = 0;
  auto const& cursor = query->page.cursor;
  auto const [end, ec] = std::from_chars(cursor.data(), cursor.data() + cursor.size(), at);
  if (!cursor.empty() && (ec != std::errc{} || end != cursor.data() + cursor.size()))
    co_return Error{Errc::bad_request, "'cursor' is not one that this list gave.", "cursor"};
  auto const runtime = state.services().runtime.load();
  Rows rows{runtime->catalog->version()};
  for (auto const& model : runtime->catalog->models()) {
    bool fits = true;
    for (auto const& [name, value] : query->filters)
      fits = fits && (name == "provider" ? model.provider : model.id) == value;
    if (fits) rows.add(model);
  }
  auto all = rows.take();
  auto const from = std::min(at, all.size()), to = std::min(all.size(), from + query->page.limit);
  std::vector<std::string> const items(all.begin() + static_cast<std::ptrdiff_t>(from),
                                       all.begin() + static_cast<std::ptrdiff_t>(to));
  co_return Reply{200, list_json(items, to < all.size() ? std::to_string(to) : std::string{})};
}

}  // namespace tsg::admin
