// Google's generateContent, streamGenerateContent and embedContent (v1beta, API key). The parts of the
// dialect, each a pure function; wire reference §2 and §3.
#pragma once
#include "providers/raw_json.hpp"
#include "tsg/providers/adapter.hpp"
#include "tsg/providers/dialect.hpp"

namespace tsg::providers::gemini {

Result<UpstreamRequest> encode_chat(ChatRequest const& request, EncodeContext const& context);
Result<UpstreamRequest> encode_embeddings(ChatRequest const& request, EncodeContext const& context);
Result<Answer> decode_chat(std::string_view body, DecodeContext const& context);
Result<Answer> decode_embeddings(std::string_view body, DecodeContext const& context);
// Of a whole answer with its searches, also of one whose candidates are of no use.
catalog::Usage answer_usage(RawNode const& root, catalog::Model const* family);
std::unique_ptr<StreamDecoder> chat_stream(DecodeContext const& context);

// Grounding that is paid by the prompt has a bound, the one that is paid by the query has none.
Searches searches(ChatRequest const& request, EncodeContext const& context);

Treatments const& chat_treatments();
Treatments const& embedding_treatments();

ProviderAdapter const& adapter();
Dialect const& dialect();

}  // namespace tsg::providers::gemini
