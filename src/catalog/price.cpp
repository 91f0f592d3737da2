#include <algorithm>
#include <array>

#include "catalog/select.hpp"
#include "tsg/catalog/discount.hpp"

namespace tsg::catalog {
namespace {

struct TokenMeter {
  std::string_view name;
  std::int64_t Usage::*units;
  std::optional<Price> Prices::*price;
};
constexpr std::array token_meters{
    TokenMeter{"input", &Usage::input, &Prices::input},
    TokenMeter{"cached_input", &Usage::cached_input, &Prices::cached_input},
    TokenMeter{"cache_write_5m", &Usage::cache_write_5m, &Prices::cache_write_5m},
    TokenMeter{"cache_write_30m", &Usage::cache_write_30m, &Prices::cache_write_30m},
    TokenMeter{"cache_write_1h", &Usage::cache_write_1h, &Prices::cache_write_1h},
    TokenMeter{"cache_write_12h", &Usage::cache_write_12h, &Prices::cache_write_12h},
    TokenMeter{"input_audio", &Usage::input_audio, &Prices::input_audio},
    TokenMeter{"cached_input_audio", &Usage::cached_input_audio, &Prices::cached_input_audio},
    TokenMeter{"input_image", &Usage::input_image, &Prices::input_image},
    TokenMeter{"output", &Usage::output, &Prices::output},
    TokenMeter{"reasoning", &Usage::reasoning, &Prices::reasoning},
    TokenMeter{"output_audio", &Usage::output_audio, &Prices::output_audio},
    TokenMeter{"output_image", &Usage::output_image, &Prices::output_image},
    TokenMeter{"citation", &Usage::citation, &Prices::citation},
};

struct FeeMeter {
  std::string_view name;
  std::int64_t Usage::*units;
};
constexpr std::array fee_meters{
    FeeMeter{"web_search", &Usage::web_searches},   FeeMeter{"x_search", &Usage::x_searches},
    FeeMeter{"file_search", &Usage::file_searches}, FeeMeter{"code_execution", &Usage::code_executions},
    FeeMeter{"url_fetch", &Usage::url_fetches},     FeeMeter{"tool_call", &Usage::other_tool_calls},
    FeeMeter{"request", &Usage::requests},
};

Rate fee_rate(Model const& model, std::string_view meter, std::string_view search_context) {
  std::string name{meter};
  if (meter == "request") {  // without a size, Perplexity serves and bills the low one
    name += '_';
    name += search_context.empty() ? "low" : search_context;
  }
  if (auto const fee = model.fees.find(name); fee != model.fees.end()) return {fee->second, false};
  // Not itemised: the dearest fee of its kind, so that nothing is given away in silence.
  Price dearest{0};
  for (auto const& [other, price] : model.fees) {
    auto const request_fee = other.starts_with("request_");
    auto const comparable =
        meter == "request" ? request_fee : meter == "tool_call" && !request_fee && !other.ends_with("_hour");
    if (comparable) dearest = std::max(dearest, price);
  }
  return {dearest, true};
}

class Bill {
 public:
  explicit Bill(std::int64_t discount_micro) : charged_micro_{1'000'000 - discount_micro} {
    bill_.parts.reserve(4);
  }
  bool add(std::string_view meter, std::int64_t units, Rate rate) {
    if (units == 0) return true;
    if (units < 0 || !rate.price) return false;
    // What does not fit is all there is: never unpriced, which would be free.
    auto const charged = multiplied(*rate.price, charged_micro_).value_or(Price{INT64_MAX});
    auto const cost = charge_half_even(units, charged).value_or(Nano{INT64_MAX});
    bill_.total += cost;
    auto& part = bill_.parts.emplace_back(meter, units, cost);
    part.price = charged;
    part.list_price = *rate.price;
    bill_.estimated |= rate.approximate;
    return true;
  }
  Nano total() const noexcept { return bill_.total; }
  bool estimated() const noexcept { return bill_.estimated; }
  // The provider's own figure is what is paid; our parts stay, and one more makes them sum to it.
  // `estimated`: of what the figure does not cover.
  void settle_at(Nano reported, bool estimated = false) {
    adjustment_ += reported - bill_.total;
    bill_.total = reported;
    bill_.estimated = estimated;
  }
  Cost take() {
    if (adjustment_ != Nano{}) bill_.parts.emplace_back("provider_adjustment", 1, adjustment_);
    return std::move(bill_);
  }

 private:
  Cost bill_;
  Nano adjustment_;
  std::int64_t charged_micro_;
};

bool add_tokens(Bill& bill, Model const& model, Period const& period, Usage const& usage) {
  auto const long_context = is_long(period, usage.input_total());
  auto const selected = select(period, long_context, usage.service_tier);
  auto const region = usage.region.empty() ? model.regional.end() : model.regional.find(usage.region);
  for (auto const& meter : token_meters) {
    if (usage.*meter.units == 0) continue;
    auto applied = rate(selected, meter.price);
    if (applied.price && region != model.regional.end())
      applied.price = multiplied(*applied.price, region->second).value_or(Price{INT64_MAX});
    if (!bill.add(meter.name, usage.*meter.units, applied)) return false;
  }
  return true;
}

bool sane(Usage const& usage) {
  // Sums of a dozen such counts stay far below 2^63; providers' real counts are below 2^40.
  constexpr auto most = std::int64_t{1} << 50;
  auto const fits = [&](auto const& meter) { return usage.*meter.units >= 0 && usage.*meter.units <= most; };
  return std::ranges::all_of(token_meters, fits) && std::ranges::all_of(fee_meters, fits);
}

}  // namespace

std::optional<Cost> price(Model const& model, Usage const& usage, WallTime at) {
  return price_discounted(model, usage, at, 0);
}

std::optional<Cost> price_discounted(Model const& model, Usage const& usage, WallTime at,
                                     std::int64_t discount_micro) {
  if (!sane(usage)) return {};
  auto const told = [](std::optional<Nano> figure) {
    return figure && figure->v >= 0 ? figure : std::nullopt;
  };
  auto const reported = told(usage.reported_cost), fees = told(usage.reported_fees);
  auto const* period = period_at(model, at);
  Bill bill{reported ? 0 : discount_micro};
  auto complete = period != nullptr && add_tokens(bill, model, *period, usage);
  auto const of_tokens = bill.total();
  bool const approximate = bill.estimated();
  for (auto const& meter : fee_meters) {
    if (usage.*meter.units == 0) continue;
    complete = bill.add(meter.name, usage.*meter.units, fee_rate(model, meter.name, usage.search_context)) &&
               complete;
  }
  if (fees) bill.settle_at(of_tokens + *fees, approximate);
  if (reported)
    bill.settle_at(*reported);
  else if (!complete)
    return {};
  return bill.take();
}

}  // namespace tsg::catalog
