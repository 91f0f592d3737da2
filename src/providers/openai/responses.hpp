// OpenAI's own Responses API, and when it is called instead of chat completions.
#pragma once
#include "providers/responses/responses.hpp"

namespace tsg::providers::openai {

responses::Flavour const& responses_flavour();

// The instance's `api` decides; `auto` asks the model: some are served by Responses only, some take tools
// there only (§1.9, rule `tools_on_chat`: "without_reasoning" or "never"), and web search is there for all of
// OpenAI's but those that search on chat (rule `search`). Errors: api is chat and the model is not there.
Result<Wire> choose_api(ChatRequest const& request, EncodeContext const& context);

// How often it searches at most: told by `max_tool_calls`, or by a model that searches once for each answer.
Searches searches(ChatRequest const& request, EncodeContext const& context);

// web_search_options of chat as the hosted tool; "" if absent.
std::string web_search_tool(ChatRequest const& request);

}  // namespace tsg::providers::openai
