#include "prices.hpp"

#include <charconv>

namespace tsg::sim {
namespace {

std::string key_of(Provider provider, std::string_view model) {
  std::string key(provider_name(provider));
  key += '/';
  key += model;
  return key;
}

std::optional<std::int64_t> money(Json const& object, char const* member) {
  auto const at = object.find(member);
  if (at == object.end() || !at->is_string()) return std::nullopt;
  return nano_of_decimal(at->get_ref<std::string const&>());
}

/// One `prices` object, or one tier of it, which may leave out the cached price.
Rate rate_of(Json const& object, Rate const& fallback) {
  Rate rate = fallback;
  if (auto const v = money(object, "input")) rate.input = *v;
  if (auto const v = money(object, "output")) rate.output = *v;
  rate.cached = money(object, "cached_input");
  rate.cache_write.reset();
  for (char const* lifetime : {"cache_write_30m", "cache_write_5m"})
    if (auto const v = money(object, lifetime)) rate.cache_write = v;
  return rate;
}

std::unordered_map<std::string, Rate> tiers_of(Json const& level, Rate const& base) {
  std::unordered_map<std::string, Rate> out;
  if (auto const at = level.find("tiers"); at != level.end() && at->is_object())
    for (auto const& [name, tier] : at->items()) out[name] = rate_of(tier, base);
  return out;
}

/// The entry itself, or its price period of the day.
Json const* level_of(Json const& entry, std::string_view today) {
  auto const at = entry.find("periods");
  if (at == entry.end() || !at->is_array()) return &entry;
  Json const* current = nullptr;
  for (auto const& period : *at)
    if (period.value("from", std::string()) <= today) current = &period;
  return current;
}

Price price_of(Json const& entry, Json const& level) {
  Price price;
  auto const prices = level.value("prices", Json::object());
  price.base = rate_of(prices, {});
  price.tiers = tiers_of(level, price.base);
  price.reasoning = money(prices, "reasoning").value_or(0);
  if (auto const at = level.find("long_context"); at != level.end() && at->is_object()) {
    price.long_context = rate_of(at->value("prices", Json::object()), price.base);
    price.long_tiers = tiers_of(*at, *price.long_context);
    price.long_threshold = at->value("threshold", std::int64_t{0});
    price.long_inclusive = at->value("inclusive", false);
  }
  if (auto const at = entry.find("fees_per_1k"); at != entry.end() && at->is_object()) {
    price.search_per_1k = money(*at, "web_search").value_or(0);
    price.search_once =
        entry.value("rules", Json::object()).value("search_billing_unit", "") == "grounded prompt";
    if (entry.value("provider", "") == "perplexity")
      price.request_per_1k = money(*at, "request_low").value_or(0);
  }
  return price;
}

Rate const& rate_for(Price const& price, Usage const& usage, std::string_view tier) {
  bool const is_long = price.long_context && (price.long_inclusive ? usage.input >= price.long_threshold
                                                                   : usage.input > price.long_threshold);
  auto const& tiers = is_long ? price.long_tiers : price.tiers;
  auto const at = tiers.find(std::string(tier));
  if (at != tiers.end()) return at->second;
  return is_long ? *price.long_context : price.base;
}

}  // namespace

std::optional<std::int64_t> nano_of_decimal(std::string_view text) {
  auto const dot = text.find('.');
  auto const whole = text.substr(0, dot);
  std::string fraction(dot == std::string_view::npos ? std::string_view{} : text.substr(dot + 1));
  if (fraction.size() > 9 || whole.empty() || whole.size() > 9) return std::nullopt;
  fraction.resize(9, '0');
  std::int64_t high = 0, low = 0;
  auto const a = std::from_chars(whole.data(), whole.data() + whole.size(), high);
  auto const b = std::from_chars(fraction.data(), fraction.data() + fraction.size(), low);
  bool const good = a.ec == std::errc{} && a.ptr == whole.data() + whole.size() && b.ec == std::errc{} &&
                    b.ptr == fraction.data() + fraction.size() && high >= 0 && low >= 0;
  if (!good) return std::nullopt;
  return high * 1'000'000'000 + low;
}

std::string decimal_of_nano(Int128 nano) {
  bool const negative = nano < 0;
  if (negative) nano = -nano;
  std::string digits;
  do {
    digits.insert(digits.begin(), static_cast<char>('0' + static_cast<int>(nano % 10)));
    nano /= 10;
  } while (nano > 0);
  if (digits.size() < 10) digits.insert(0, 10 - digits.size(), '0');
  std::string out = digits.substr(0, digits.size() - 9);
  std::string fraction = digits.substr(digits.size() - 9);
  while (!fraction.empty() && fraction.back() == '0') fraction.pop_back();
  if (!fraction.empty()) out += '.' + fraction;
  return negative ? '-' + out : out;
}

std::int64_t cost_nano_usd(Price const& price, Usage const& usage, std::string_view tier) {
  Rate const& rate = rate_for(price, usage, tier);
  auto const plain = usage.input - usage.cached - usage.cache_write;
  // Unit: nano-USD x 10^-6.
  Int128 sum = Int128{plain} * rate.input;
  sum += Int128{usage.cached} * rate.cached.value_or(rate.input);
  sum += Int128{usage.cache_write} * rate.cache_write.value_or(rate.input);
  sum += Int128{usage.output - usage.reasoning} * rate.output;
  sum += Int128{usage.reasoning} * (price.reasoning != 0 ? price.reasoning : rate.output);
  auto const searches = price.search_once && usage.searches > 1 ? 1 : usage.searches;
  sum += Int128{searches} * price.search_per_1k * 1000;
  sum += Int128{price.request_per_1k} * 1000;
  constexpr std::int64_t kUnit = 1'000'000;
  auto nano = static_cast<std::int64_t>(sum / kUnit);
  auto const rest = static_cast<std::int64_t>(sum % kUnit);
  if (rest * 2 > kUnit || (rest * 2 == kUnit && nano % 2 != 0)) ++nano;
  return nano;
}

PriceList PriceList::built_in() {
  struct Row {
    Provider provider;
    char const *model, *input, *cached, *output;
  };
  static constexpr Row kRows[] = {
      {Provider::openai, "gpt-4o", "2.5", "1.25", "10"},
      {Provider::openai, "gpt-4o-mini", "0.15", "0.075", "0.6"},
      {Provider::openai, "gpt-4.1-nano", "0.1", "0.025", "0.4"},
      {Provider::openai, "text-embedding-3-small", "0.02", "0.02", "0"},
      {Provider::openai, "text-embedding-3-large", "0.13", "0.13", "0"},
      {Provider::anthropic, "claude-opus-5-5", "4", "0.2", "20"},
      {Provider::gemini, "gemini-3.8-flash", "0.75", "0.075", "3.75"},
      {Provider::xai, "grok-4.3", "1.25", "0.2", "2.5"},
      {Provider::perplexity, "perplexity/sonar", "0.25", "0.0625", "2.5"},
  };
  PriceList list;
  for (auto const& row : kRows) {
    Price price;
    price.base = {*nano_of_decimal(row.input), *nano_of_decimal(row.output), nano_of_decimal(row.cached), {}};
    list.prices_[key_of(row.provider, row.model)] = price;
  }
  return list;
}

std::string PriceList::load(Json const& catalog, std::string_view today) {
  Json const* models = &catalog;
  if (catalog.is_object() && catalog.contains("models")) models = &catalog["models"];
  if (!models->is_array()) return "no array of models";
  std::unordered_map<std::string, Price> loaded;
  for (auto const& entry : *models) {
    if (!entry.is_object() || !entry.contains("provider") || !entry.contains("id"))
      return "an entry without provider and id";
    auto const* level = level_of(entry, today);
    if (level == nullptr || !level->contains("prices")) continue;
    auto const prefix = entry["provider"].get<std::string>() + '/';
    auto const price = price_of(entry, *level);
    loaded[prefix + entry["id"].get<std::string>()] = price;
    if (auto const aliases = entry.find("aliases"); aliases != entry.end() && aliases->is_array())
      for (auto const& alias : *aliases) loaded.try_emplace(prefix + alias.get<std::string>(), price);
  }
  prices_ = std::move(loaded);
  return {};
}

Price const* PriceList::find(Provider provider, std::string_view model) const {
  auto const at = prices_.find(key_of(provider, model));
  return at == prices_.end() ? nullptr : &at->second;
}

}  // namespace tsg::sim
