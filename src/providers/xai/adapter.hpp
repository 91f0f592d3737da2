// xAI (wire reference §4): chat completions and Responses in OpenAI's shapes, with other meanings.
#pragma once
#include "providers/openai/adapter.hpp"
#include "providers/responses/responses.hpp"
#include "tsg/providers/dialect.hpp"

namespace tsg::providers::xai {

Treatments const& chat_treatments();
responses::Flavour const& responses_flavour();

// Responses for what thinks: chat has no field for encrypted thoughts, so each turn would throw them away,
// and its output limit leaves them out. Chat for the rest: it alone has stop and penalties.
Wire choose_api(ChatRequest const& request, EncodeContext const& context);
Result<UpstreamRequest> encode_chat(ChatRequest const& request, EncodeContext const& context);

// §4.6. On chat reasoning is not in completion_tokens, on Responses it is in output_tokens.
catalog::Usage read_chat_usage(RawNode const& usage);
void mend_chat_usage(json::Edits& edits, RawNode const& usage);
catalog::Usage read_responses_usage(RawNode const& usage);

// §4.7: sentences as codes, an empty wallet as 429, removed features as 410.
void refine(RawNode const& root, Failure& failure);

ProviderAdapter const& adapter();
Dialect const& dialect();

}  // namespace tsg::providers::xai
