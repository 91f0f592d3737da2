// Models, capabilities and prices: an immutable snapshot made from config/catalog.json plus overrides.
#pragma once
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "tsg/catalog/usage.hpp"
#include "tsg/core/clock.hpp"
#include "tsg/core/error.hpp"
#include "tsg/core/money.hpp"

namespace tsg::catalog {

// Prices of one set (standard, long context, a tier). Absent = not sold that way.
struct Prices {
  std::optional<Price> input, output, cached_input;
  std::optional<Price> cache_write_5m, cache_write_30m, cache_write_1h, cache_write_12h;
  std::optional<Price> input_audio, cached_input_audio, output_audio, input_image, output_image;
  std::optional<Price> reasoning, citation;  // absent = as output / as input
};

struct LongContext {
  std::int64_t threshold = 0;  // tokens
  bool inclusive = false;      // ">=" instead of ">"
  Prices prices;
  std::map<std::string, Prices, std::less<>> tiers;  // sold at another price for long requests too
};

struct Period {  // prices valid from `from` (UTC) until the next period
  WallTime from{INT64_MIN};
  Prices standard;
  std::optional<LongContext> long_context;
  std::map<std::string, Prices, std::less<>> tiers;  // batch, flex, priority, fast
};

enum class Mode : std::uint8_t { chat, responses, embedding };
enum class Status : std::uint8_t { current, preview, deprecated, retired };

struct Capabilities {
  bool told = false;  // the entry has the member; else nothing is known of what follows
  bool tools = false, vision = false, pdf = false, audio = false, json_schema = false, reasoning = false,
       streaming = true, web_search = false, prompt_cache = false;
};

struct Model {
  std::string provider, id;
  std::vector<std::string> aliases;
  Mode mode = Mode::chat;
  Status status = Status::current;
  std::optional<std::int64_t> context_window, max_output_tokens;
  std::vector<Period> periods;                                // empty = no price known; ordered by `from`
  std::map<std::string, Price, std::less<>> fees;             // per 1,000,000 units, e.g. web_search
  std::map<std::string, std::int64_t, std::less<>> regional;  // multiplier in 1e-6 units
  Capabilities capabilities;
  std::string released, deprecated_on;  // ISO dates, "" = unknown
  // Per-model rules of the wire (issue "five providers"): names -> JSON values, read by adapters.
  std::map<std::string, std::string, std::less<>> rules;
  bool priced() const noexcept { return !periods.empty(); }
};

struct Part {
  Part(std::string_view m, std::int64_t u, Nano c) : meter{m}, units{u}, cost{c} {}
  std::string_view meter;  // static storage
  std::int64_t units;
  Nano cost;                // units x price, rounded once
  Price price, list_price;  // with and without discount; a provider_adjustment has none
};
struct Cost {
  Nano total;               // sum of the parts, or the provider's reported cost
  std::vector<Part> parts;  // only meters with units
  bool estimated = false;   // a price had to be approximated (README says when)
};
// nullopt: no price at that time, or it does not fit. Request start time decides the period (FIN-13).
std::optional<Cost> price(Model const& model, Usage const& usage, WallTime at);

// What a request can cost at most on this model (BUD-3). Counts are upper bounds.
struct Bound {
  std::int64_t input_tokens = 0, output_tokens = 0;  // output already times n
  std::int64_t web_searches = 0;
  std::string service_tier;  // asked for; "auto" = the dearest of standard and priority
  std::string region;        // pinned, as the catalogue names it; "" = unknown: the dearest
  bool text_only = false;    // neither audio nor images go in or out: their prices are left out
};
std::optional<Nano> hold_bound(Model const& model, Bound const& bound, WallTime at);

class Catalog {
 public:
  // All problems at once; a catalogue with any is refused: duplicates (ids and aliases within one
  // provider), negative or non-decimal prices, unknown members.
  struct Loaded {
    std::shared_ptr<Catalog const> catalog;
    std::vector<std::string> problems;
  };
  static Loaded load(std::string_view json, std::string_view overrides_json = {});
  static std::string_view built_in();  // config/catalog.json, compiled in

  // By id or alias of that provider.
  Model const* find(std::string_view provider, std::string_view id) const noexcept;
  // A reseller's "creator/model" (`resold` of the file) has the creator's prices and the reseller's fees;
  // those are not in models(). By id or alias of any provider; nullptr if none or several have it (ids are
  // unique in ours).
  Model const* find(std::string_view id) const noexcept;
  // Whose rules hold for an id that is not listed: the newest current model that shares most of its name,
  // word by word ("claude-opus-9" has those of the newest claude-opus). nullptr: the provider has no models.
  Model const* family(std::string_view provider, std::string_view id) const noexcept;
  std::span<Model const> models() const noexcept { return models_; }
  std::string const& version() const noexcept { return version_; }  // first 16 hex of SHA-256 of the text
  std::string const& source_date() const noexcept {
    return source_date_;
  }  // ISO date of its facts; "" = not told

 private:
  std::vector<Model> models_;
  struct Hash {  // looks up string_views without making strings
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const noexcept {
      return std::hash<std::string_view>{}(text);
    }
  };
  std::vector<Model> resold_;  // "creator/model"
  // Every id and alias, to all models that bear it: nearly always one.
  std::unordered_map<std::string, std::vector<Model const*>, Hash, std::equal_to<>> by_id_;
  std::unordered_map<std::string, std::vector<Model const*>, Hash, std::equal_to<>> resold_by_id_;
  std::string version_, source_date_;
};

}  // namespace tsg::catalog
