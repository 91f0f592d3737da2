// OpenAI's chat completions and embeddings: the dialect of our clients, so bodies are edited, never rebuilt.
// Dialects that answer in the same shapes (xAI chat, Sonar, compatible servers) reuse the parts below with
// their own Flavour.
#pragma once
#include "providers/error_shape.hpp"
#include "providers/raw_json.hpp"
#include "tsg/providers/adapter.hpp"
#include "tsg/providers/dialect.hpp"

namespace tsg::providers::openai {

// §1.6 of the wire reference to disjoint classes (FIN-14). `reported` stays false where a total is missing,
// negative, fractional or beyond 2^40; parts that exceed their total are cut to it (BUD-11).
catalog::Usage read_usage(RawNode const& usage);
catalog::Usage read_embeddings_usage(RawNode const& usage);  // they have no completion
// service_tier as the catalogue names it; "" for the standard tier.
std::string read_tier(std::string_view raw);

struct Flavour {
  Flavour() = default;
  catalog::Usage (*usage)(RawNode const& usage) = &read_usage;
  // Edits that give a usage object OpenAI's meaning, where the same names mean something else.
  void (*mend_usage)(json::Edits& edits, RawNode const& usage) = nullptr;
  Refine refine = nullptr;  // the dialect's words for a failure
};

// `edits`: what the dialect changed already, of other members than `model`, `system`, the limits and
// `stream_options`.
Result<UpstreamRequest> encode_chat(ChatRequest const& request, EncodeContext const& context,
                                    json::Edits edits = {});
Result<UpstreamRequest> encode_embeddings(ChatRequest const& request, EncodeContext const& context);
Result<Answer> decode_answer(std::string_view body, DecodeContext const& context, Flavour flavour = {});
// Of a whole answer, also of one that is of no use otherwise.
catalog::Usage answer_usage(RawNode const& root, DecodeContext const& context, Flavour const& flavour = {});
// A model that searches once for each answer (rule `search`: "per_request") is paid by the request, which its
// usage does not tell: the search context whose fee is due, "" = none.
std::string paid_context(DecodeContext const& context);
std::unique_ptr<StreamDecoder> chat_stream(DecodeContext const& context, Flavour flavour = {});

ProviderAdapter const& adapter();
Dialect const& dialect();
std::span<RateHeaders const> rate_headers();

}  // namespace tsg::providers::openai
