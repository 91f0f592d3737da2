// Anthropic's Messages API (wire reference §1 and §3 of the Anthropic part).
#pragma once
#include "providers/error_shape.hpp"
#include "providers/raw_json.hpp"
#include "tsg/providers/adapter.hpp"
#include "tsg/providers/dialect.hpp"

namespace tsg::providers::anthropic {

// By the tools' `max_uses`.
Searches searches(ChatRequest const& request);

constexpr std::string_view kVersion = "2023-06-01";  // header anthropic-version

Treatments const& treatments();
Result<UpstreamRequest> encode(ChatRequest const& request, EncodeContext const& context);
Result<Answer> decode_answer(std::string_view body, DecodeContext const& context);
catalog::Usage answer_usage(RawNode const& root);  // of a whole answer, also of one that is of no use
std::unique_ptr<StreamDecoder> message_stream(DecodeContext const& context);
// What only this provider's failures say, in the words that classify() knows.
void refine(RawNode const& root, Failure& failure);

ProviderAdapter const& adapter();
Dialect const& dialect();

}  // namespace tsg::providers::anthropic
