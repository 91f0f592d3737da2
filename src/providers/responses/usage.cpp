#include <algorithm>

#include "providers/counts.hpp"
#include "providers/responses/responses.hpp"

namespace tsg::providers::responses {

catalog::Usage read_usage(RawNode const& usage) {
  catalog::Usage u;
  auto const input = count_of(usage["input_tokens"]), output = count_of(usage["output_tokens"]);
  auto const in = usage.child("input_tokens_details"), out = usage.child("output_tokens_details");
  u.invalid = contradicts_itself(usage) ||
              no_count({usage["input_tokens"], usage["output_tokens"], in["cached_tokens"],
                        in["cache_write_tokens"], out["reasoning_tokens"]});
  if (!input || !output || u.invalid) return u;
  // Parts that exceed their total are cut to it (BUD-11).
  u.cached_input = std::min(count_of(in["cached_tokens"]).value_or(0), *input);
  u.cache_write_30m = std::min(count_of(in["cache_write_tokens"]).value_or(0), *input - u.cached_input);
  u.input = *input - u.cached_input - u.cache_write_30m;
  u.reasoning = std::min(count_of(out["reasoning_tokens"]).value_or(0), *output);
  u.output = *output - u.reasoning;
  u.reported = true;
  return u;
}

}  // namespace tsg::providers::responses
