#include <algorithm>
#include <array>

#include "providers/perplexity/adapter.hpp"
#include "providers/rules.hpp"
#include "tsg/conversation/feature.hpp"
#include "tsg/json/writer.hpp"

namespace tsg::providers::perplexity {
namespace {

using conversation::Feature;

struct Filter {
  Feature feature;
  std::string_view name;  // there
};
constexpr std::array kFilters{Filter{Feature::search_domains, "search_domain_filter"},
                              Filter{Feature::search_recency, "search_recency_filter"},
                              Filter{Feature::search_after, "search_after_date_filter"},
                              Filter{Feature::search_before, "search_before_date_filter"},
                              Filter{Feature::updated_after, "last_updated_after_filter"},
                              Filter{Feature::updated_before, "last_updated_before_filter"}};

std::string filters_of(ChatRequest const& request) {
  std::string out;
  json::Writer w{out};
  bool any = false;
  for (auto const& [feature, name] : kFilters) {
    auto const value = request.said(feature);
    if (value.empty()) continue;
    if (!any) w.begin_object();
    any = true;
    w.key(name).raw(value);
  }
  if (any) w.end_object();
  return out;
}

// Sonar's location is flat, OpenAI's one deeper.
std::string location_of(RawNode const& options) {
  auto where = options.child("user_location");
  if (auto inner = where.child("approximate"); !inner.empty()) where = std::move(inner);
  std::string out;
  json::Writer w{out};
  bool any = false;
  for (std::string_view const name : {"country", "region", "city", "latitude", "longitude"}) {
    auto const value = where[name];
    if (value.empty() || is_null(value)) continue;
    if (!any) w.begin_object();
    any = true;
    w.key(name).raw(value);
  }
  if (any) w.end_object();
  return out;
}

}  // namespace

bool searches_unasked(ChatRequest const* request, catalog::Model const* rules, bool by_itself) {
  if (Rules{rules}.raw("search") == R"("unlimited")") return true;  // deep research heeds no switch
  if (request == nullptr) return by_itself;
  for (auto const& filter : kFilters) by_itself |= !request->said(filter.feature).empty();
  return by_itself && request->said(Feature::search_off) != "true";
}

// What Sonar did was one search, now and then a second; ten pages of a thousand tokens each are what it read.
// Without limits no budget could hold for the answer.
Searches search_limits(catalog::Model const* model) {
  Rules const rules{model};
  auto const calls = rules.number("search_calls", 3);
  return {calls, calls + 1, rules.number("search_tokens", 10'000)};
}

responses::Search search(ChatRequest const& request, EncodeContext const& context) {
  responses::Search out;
  if (request.said(Feature::search_off) == "true") return out;
  bool const always = Rules{context.family ? context.family : context.model}.text("search", "") == "forced";
  auto const filters = filters_of(request);
  auto const options_text = request.said(Feature::search_options);
  if (!always && filters.empty() && options_text.empty()) return out;

  auto const& tools = request.offered;
  out.forced = std::ranges::all_of(tools, hosted);  // who brings functions wants them called
  if (std::ranges::find(tools, "web_search", &conversation::Tool::type) != tools.end()) return out;

  auto const limits = search_limits(context.family ? context.family : context.model);
  out.calls = limits.calls;
  json::Writer w{out.tool};
  w.begin_object().key("type").string("web_search");
  w.key("max_tokens").integer(limits.tokens);
  if (!filters.empty()) w.key("filters").raw(filters);
  if (auto const options = RawNode::parse(options_text)) {
    if (is_string((*options)["search_context_size"]))
      w.key("search_context_size").raw((*options)["search_context_size"]);
    if (auto const location = location_of(*options); !location.empty()) w.key("user_location").raw(location);
  }
  w.end_object();
  return out;
}

}  // namespace tsg::providers::perplexity
