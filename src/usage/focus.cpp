#include "tsg/usage/focus.hpp"

#include <array>
#include <nlohmann/json.hpp>
#include <tuple>
#include <vector>

#include "tsg/json/value.hpp"
#include "tsg/usage/decimal.hpp"
#include "usage/csv.hpp"
#include "usage/meters.hpp"

namespace tsg::usage {
namespace {

constexpr std::int64_t kHour = 3'600'000;
constexpr std::int64_t kWhole = 1'000'000;  // in 1e-6

enum class Kind : bool { number, text };
struct Column {
  std::string_view name;
  Kind kind = Kind::text;
};
// FIN-2 and FIN-3 in alphabetical order, then our own (FIN-5). ProviderName and PublisherName are gone
// in 1.4.
constexpr std::array kColumns{
    Column{"BilledCost", Kind::number},
    Column{"BillingAccountId"},
    Column{"BillingAccountName"},
    Column{"BillingAccountType"},
    Column{"BillingCurrency"},
    Column{"BillingPeriodEnd", Kind::number},
    Column{"BillingPeriodStart", Kind::number},
    Column{"ChargeCategory"},
    Column{"ChargeClass"},
    Column{"ChargeDescription"},
    Column{"ChargePeriodEnd", Kind::number},
    Column{"ChargePeriodStart", Kind::number},
    Column{"ConsumedQuantity", Kind::number},
    Column{"ConsumedUnit"},
    Column{"ContractedCost", Kind::number},
    Column{"ContractedUnitPrice", Kind::number},
    Column{"EffectiveCost", Kind::number},
    Column{"HostProviderName"},
    Column{"InvoiceId"},
    Column{"InvoiceIssuerName"},
    Column{"ListCost", Kind::number},
    Column{"ListUnitPrice", Kind::number},
    Column{"PricingCategory"},
    Column{"PricingQuantity", Kind::number},
    Column{"PricingUnit"},
    Column{"ServiceCategory"},
    Column{"ServiceName"},
    Column{"ServiceProviderName"},
    Column{"ServiceSubcategory"},
    Column{"SkuId"},
    Column{"SkuMeter"},
    Column{"SkuPriceDetails"},
    Column{"SkuPriceId"},
    Column{"SubAccountId"},
    Column{"SubAccountName"},
    Column{"SubAccountType"},
    Column{"Tags"},
    Column{"x_CredentialId"},
    Column{"x_CredentialName"},
    Column{"x_Environment"},
    Column{"x_Estimated"},
    Column{"x_MarkupPercent", Kind::number},
    Column{"x_ModelRequested"},
    Column{"x_ModelServed"},
    Column{"x_RequestCount", Kind::number},
    Column{"x_TeamId"},
    Column{"x_Unpriced"},
};

struct Key {
  std::int64_t hour;
  std::string org, team, environment, key_id, provider, requested, model, meter, price_version;
  std::int64_t price, list_price, markup;
  bool estimated, priced;
  auto tie() const {
    return std::tie(hour, org, team, environment, key_id, provider, requested, model, meter, price_version,
                    price, list_price, markup, estimated, priced);
  }
  bool operator<(Key const& o) const { return tie() < o.tie(); }
};
struct Sum {
  std::int64_t requests = 0, units = 0;
  Nano cost;  // as the ledger has it: rounded once for each request and meter (FIN-12)
  FocusNames names;
};

std::string seconds(std::int64_t ms) {
  return to_rfc3339(WallTime{ms * 1'000'000}).substr(0, 19) + "Z";
}

std::string price_text(std::int64_t per_million) {
  return to_usd(Nano{per_million});
}

}  // namespace

struct FocusExport::State {
  explicit State(FocusOptions o) : options{std::move(o)} {}
  FocusOptions options;
  std::map<Key, Sum> sums;
};

FocusExport::FocusExport(FocusOptions options) : state_{std::make_unique<State>(std::move(options))} {}
FocusExport::FocusExport(FocusExport&&) noexcept = default;
FocusExport::~FocusExport() = default;
std::size_t FocusExport::rows() const noexcept {
  return state_->sums.size();
}

Result<> FocusExport::add(store::LedgerRow const& row) {
  auto const damaged = [&] {
    return Error{Errc::internal}.log("ledger row " + std::to_string(row.id) + " has damaged parts");
  };
  auto const add = [&](std::string meter, std::int64_t units, std::int64_t cost, std::int64_t price,
                       std::int64_t list) {
    Key key{row.time_ms - row.time_ms % kHour,
            row.org,
            row.team,
            row.environment,
            row.key_id,
            row.provider,
            row.model_requested,
            row.model,
            std::move(meter),
            row.price_version,
            price,
            list,
            row.markup_micro,
            row.estimated,
            row.priced};
    auto& sum = state_->sums[std::move(key)];
    if (sum.requests++ == 0 && state_->options.names) sum.names = state_->options.names(row);
    sum.units = saturated_add(sum.units, units);
    sum.cost += Nano{cost};
  };
  if (row.parts.empty()) {
    // Settled at its hold after a crash: money, and no count of anything. A free row is no charge (FIN-9).
    if (row.cost != 0) add("", 0, row.cost, 0, 0);
    return boost::system::in_place_value;
  }
  auto const parts = json::parse_value(row.parts);
  if (!parts.is_array()) return damaged();
  for (auto const& p : parts) {
    if (!p.is_array() || p.size() != 5 || !p[0].is_string()) return damaged();
    for (std::size_t i = 1; i < 5; ++i)
      if (!p[i].is_number_integer()) return damaged();
    // What has no price of its own (the provider's figure differs from its list): an adjustment in money.
    bool const known = find_meter(p[0].get<std::string>()) != nullptr;
    add(known ? p[0].get<std::string>() : std::string{}, known ? p[1].get<std::int64_t>() : 0,
        p[2].get<std::int64_t>(), p[3].get<std::int64_t>(), p[4].get<std::int64_t>());
  }
  return boost::system::in_place_value;
}

std::string FocusExport::csv() const {
  std::string out;
  for (auto const& c : kColumns) {
    if (!out.empty()) out += ',';
    out += c.name;
  }
  out += "\r\n";
  std::map<std::string_view, std::string> cells;
  for (auto const& [k, s] : state_->sums) {
    auto const* meter = find_meter(k.meter);
    auto const month = state_->options.zone.month_of(WallTime{k.hour * 1'000'000});
    auto const billed = Decimal::of(s.cost).scaled(kWhole + k.markup);  // exact: 1e-9 x 1e-6
    cells.clear();
    auto const set = [&](std::string_view name, std::string value) { cells[name] = std::move(value); };
    set("BilledCost", billed.text());
    set("BillingAccountId", k.org);
    set("BillingAccountName", s.names.org);
    set("BillingAccountType", "Organisation");
    set("BillingCurrency", "USD");
    set("BillingPeriodStart", seconds(month.start_ms));
    set("BillingPeriodEnd", seconds(month.end_ms));
    set("ChargeCategory", meter ? "Usage" : "Adjustment");
    set("ChargePeriodStart", seconds(k.hour));
    set("ChargePeriodEnd", seconds(k.hour + kHour));
    set("EffectiveCost", Decimal::of(s.cost).text());
    set("HostProviderName", k.provider);
    set("InvoiceIssuerName", state_->options.issuer);
    set("PricingCategory", meter ? "Standard" : "");
    set("ServiceCategory", "AI and Machine Learning");
    set("ServiceSubcategory", "Generative AI");
    set("ServiceName", k.provider + " " + k.model);
    set("ServiceProviderName", k.provider);
    set("SkuPriceId", meter ? k.price_version : "");
    set("SubAccountId", k.key_id);
    set("SubAccountName", s.names.key_name);
    set("SubAccountType", "API key");
    set("Tags", s.names.tags_json);
    set("x_CredentialId", k.key_id);
    set("x_CredentialName", s.names.key_name);
    set("x_Environment", k.environment);
    set("x_Estimated", k.estimated ? "true" : "false");
    set("x_MarkupPercent", millionths(k.markup * 100));
    set("x_ModelRequested", k.requested);
    set("x_ModelServed", k.model);
    set("x_RequestCount", std::to_string(s.requests));
    set("x_TeamId", k.org + "." + k.team);
    set("x_Unpriced", k.priced ? "false" : "true");
    if (meter) {
      // price x quantity == cost, unrounded, so that it holds for who multiplies (FIN-7).
      set("ChargeDescription", std::string{meter->sku} + " of " + k.model);
      set("ConsumedQuantity", std::to_string(s.units));
      set("ConsumedUnit", std::string{meter->unit});
      set("PricingQuantity", millionths(s.units));
      set("PricingUnit", std::string{meter->pricing_unit});
      if (k.priced) set("ContractedUnitPrice", price_text(k.price));  // null, not 0: it is not known (FIN-6)
      set("ContractedCost", Decimal::product(s.units, Price{k.price}).text());
      if (k.priced) set("ListUnitPrice", price_text(k.list_price));
      set("ListCost", Decimal::product(s.units, Price{k.list_price}).text());
      set("SkuId", k.provider + "/" + k.model + "/" + k.meter);
      set("SkuMeter", std::string{meter->sku});
    } else {
      set("ChargeDescription", k.estimated ? "Outcome unknown: charged what had been reserved"
                                           : "Difference to the cost the provider reported");
      set("ContractedCost", Decimal::of(s.cost).text());
      set("ListCost", Decimal::of(s.cost).text());
    }
    bool first = true;
    for (auto const& c : kColumns) {
      if (!std::exchange(first, false)) out += ',';
      auto const it = cells.find(c.name);
      if (it == cells.end()) continue;
      if (c.kind == Kind::number)
        append_number(out, it->second);
      else
        append_text(out, it->second);
    }
    out += "\r\n";
  }
  return out;
}

}  // namespace tsg::usage
