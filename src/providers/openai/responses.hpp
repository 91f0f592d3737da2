// OpenAI's own Responses API, and when it is called instead of chat completions.
#pragma once
#include "providers/responses/responses.hpp"

namespace tsg::providers::openai {

responses::Flavour const& responses_flavour();

// The instance's `api` decides; `auto` asks the model: some are served by Responses only, some take tools
// there only (§1.9, rule `tools_on_chat`: "without_reasoning" or "never"). Errors: api is chat and the model
// is not there.
Result<Wire> choose_api(ChatRequest const& request, EncodeContext const& context);

// web_search_options of chat as the hosted tool; "" if absent.
std::string web_search_tool(ChatRequest const& request);

}  // namespace tsg::providers::openai
