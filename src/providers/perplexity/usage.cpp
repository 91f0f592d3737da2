#include <algorithm>

#include "providers/counts.hpp"
#include "providers/perplexity/adapter.hpp"
#include "providers/reported_cost.hpp"

namespace tsg::providers::perplexity {

catalog::Usage read_usage(RawNode const& usage) {
  catalog::Usage u;
  auto const input = count_of(usage["input_tokens"]), output = count_of(usage["output_tokens"]);
  auto const in = usage.child("input_tokens_details"), out = usage.child("output_tokens_details");
  auto const read = in.find("cache_read_input_tokens") ? in["cache_read_input_tokens"] : in["cached_tokens"];
  u.invalid =
      contradicts_itself(usage) || no_count({usage["input_tokens"], usage["output_tokens"], read,
                                             in["cache_creation_input_tokens"], out["reasoning_tokens"]});
  if (!input || !output || u.invalid) return u;
  // Recorded: 3,007 in, of them 3,004 from the cache, billed as such. So they are included.
  u.cached_input = std::min(count_of(read).value_or(0), *input);
  u.cache_write_30m =
      std::min(count_of(in["cache_creation_input_tokens"]).value_or(0), *input - u.cached_input);
  u.input = *input - u.cached_input - u.cache_write_30m;
  u.reasoning = std::min(count_of(out["reasoning_tokens"]).value_or(0), *output);
  u.output = *output - u.reasoning;
  auto const calls = usage.child("tool_calls_details");
  for (auto const& tool : calls.members()) {
    auto const n = count_of(calls.child(tool)["invocation"]).value_or(0);
    if (auto const own = nano_usd_of(calls.child(tool)["cost_usd"]))
      u.reported_fees = u.reported_fees.value_or(Nano{}) + *own;
    auto& meter = tool.key == "search_web" || tool.key == "web_search" ? u.web_searches
                  : tool.key == "fetch_url"                            ? u.url_fetches
                                                                       : u.other_tool_calls;
    meter += n;
  }
  auto const told = cost_of(usage.child("cost"));
  if (told.tools) u.reported_fees = told.tools;
  u.reported_cost = told.total;
  u.reported = true;
  return u;
}

}  // namespace tsg::providers::perplexity
