#include "providers/counts.hpp"
#include "providers/reported_cost.hpp"
#include "providers/sonar/adapter.hpp"

namespace tsg::providers::sonar {

// Reasoning, citations and searches are beside completion_tokens, never in it (§5.8). Who tells the number of
// searches (deep research) pays for those, everybody else for the request by its search context.
catalog::Usage read_usage(RawNode const& usage) {
  catalog::Usage u;
  auto const prompt = count_of(usage["prompt_tokens"]), completion = count_of(usage["completion_tokens"]);
  u.invalid = contradicts_itself(usage) ||
              no_count({usage["prompt_tokens"], usage["completion_tokens"], usage["reasoning_tokens"],
                        usage["citation_tokens"], usage["num_search_queries"]});
  if (!prompt || !completion || u.invalid) return u;
  u.input = *prompt;
  u.output = *completion;
  u.reasoning = count_of(usage["reasoning_tokens"]).value_or(0);
  u.citation = count_of(usage["citation_tokens"]).value_or(0);
  auto const searches = count_of(usage["num_search_queries"]);
  u.web_searches = searches.value_or(0);
  u.requests = searches ? 0 : 1;
  u.search_context = text_of(usage["search_context_size"]);
  u.reported_cost = cost_of(usage.child("cost")).total;
  u.reported = true;
  return u;
}

}  // namespace tsg::providers::sonar
