// BUD-3: an upper bound of what a request can cost, rounded up.
#include <algorithm>
#include <array>

#include "catalog/select.hpp"

namespace tsg::catalog {
namespace {

using Meter = std::optional<Price> Prices::*;

// Every class a text token of that direction may turn out to be in. No cache discount is hoped for.
constexpr std::array<Meter, 6> text_in{&Prices::input,          &Prices::cached_input,
                                       &Prices::cache_write_5m, &Prices::cache_write_30m,
                                       &Prices::cache_write_1h, &Prices::cache_write_12h};
constexpr std::array<Meter, 3> media_in{&Prices::input_audio, &Prices::cached_input_audio,
                                        &Prices::input_image};
constexpr std::array<Meter, 2> text_out{&Prices::output, &Prices::reasoning};
constexpr std::array<Meter, 2> media_out{&Prices::output_audio, &Prices::output_image};

template <std::size_t N>
void raise(std::optional<Price>& most, Prices const& prices, std::array<Meter, N> const& meters) {
  for (auto const meter : meters) most = std::max(most, prices.*meter);  // nullopt is below any price
}

struct Dearest {
  std::optional<Price> input, output;
  void see(Prices const& prices, bool text_only) {
    raise(input, prices, text_in);
    raise(output, prices, text_out);
    if (text_only) return;
    raise(input, prices, media_in);
    raise(output, prices, media_out);
  }
};

// All sets the answer may be billed by. A tier that is asked for may be answered as standard, and a
// bound over the threshold does not mean the request is. False: the tier's prices are not known.
bool see_all(Dearest& dearest, Period const& period, Bound const& bound) {
  auto const tier =
      bound.service_tier == "auto" ? std::string_view{"priority"} : std::string_view{bound.service_tier};
  auto const cheaper = tier == "batch" || tier == "flex";
  dearest.see(period.standard, bound.text_only);
  auto const wanted = period.tiers.find(tier);
  if (wanted != period.tiers.end())
    dearest.see(wanted->second, bound.text_only);
  else if (!standard_tier(tier) && bound.service_tier != "auto" && !cheaper)
    return false;
  if (!is_long(period, bound.input_tokens)) return true;
  auto const& limit = *period.long_context;
  dearest.see(limit.prices, bound.text_only);
  if (auto const found = limit.tiers.find(tier); found != limit.tiers.end())
    dearest.see(found->second, bound.text_only);
  return true;
}

std::int64_t dearest_region(Model const& model, std::string_view pinned) {
  constexpr std::int64_t one = 1'000'000;
  if (!pinned.empty()) {
    auto const found = model.regional.find(pinned);
    return found == model.regional.end() ? one : found->second;
  }
  auto most = one;
  for (auto const& [region, factor] : model.regional) most = std::max(most, factor);
  return most;
}

// One kind of fee, the dearest of those whose name starts so ("request_low", "web_search_fast" …).
std::optional<Price> dearest_fee(Model const& model, std::string_view prefix) {
  std::optional<Price> most;
  for (auto const& [name, price] : model.fees)
    if (name.starts_with(prefix)) most = std::max(most, std::optional{price});
  return most;
}

class Sum {
 public:
  void add(std::int64_t units, std::optional<Price> price, std::int64_t region = 1'000'000) {
    if (units == 0 || !total_) return;
    auto const applied = price ? multiplied(*price, region) : std::nullopt;
    auto const cost = units > 0 && applied ? hold_ceil(units, *applied) : std::nullopt;
    total_ = cost ? checked_add(*total_, *cost) : std::nullopt;
  }
  std::optional<Nano> total() const { return total_; }

 private:
  std::optional<Nano> total_ = Nano{0};
};

}  // namespace

std::optional<Nano> hold_bound(Model const& model, Bound const& bound, WallTime at) {
  auto const* period = period_at(model, at);
  if (period == nullptr) return {};
  Dearest dearest;
  if (!see_all(dearest, *period, bound)) return {};
  auto const region = dearest_region(model, bound.region);
  Sum sum;
  sum.add(bound.input_tokens, dearest.input, region);
  sum.add(bound.output_tokens, dearest.output, region);
  sum.add(bound.web_searches, dearest_fee(model, "web_search"));
  if (auto const fee = dearest_fee(model, "request_")) sum.add(1, fee);
  // Every answer is rounded once per meter: up to half a nano-dollar each, more meters than rows here.
  constexpr Nano rounding{14};
  return sum.total() && *sum.total() > Nano{0} ? checked_add(*sum.total(), rounding) : sum.total();
}

}  // namespace tsg::catalog
