// Perplexity's Agent API (wire reference §5.2-5.6): Responses with search as a tool, the cost in each answer,
// and a decoder that refuses any field it does not know.
#pragma once
#include "providers/responses/responses.hpp"
#include "tsg/providers/dialect.hpp"

namespace tsg::providers::perplexity {

responses::Flavour const& flavour();

// Its own models searched each time while they were called Sonar; now search is a tool that must be asked for
// (§5.3, rule `search`: "forced").
inline bool hosted(conversation::Tool const& tool) noexcept {
  return tool.kind == conversation::Tool::Kind::hosted;
}
responses::Search search(ChatRequest const& request, EncodeContext const& context);
Searches search_limits(catalog::Model const* model);  // rules `search_calls`, `search_tokens`

// Besides what the catalogue says, where the request names a filter, and not where it says disable_search.
// For both of its dialects. `by_itself`: without either.
bool searches_unasked(ChatRequest const* request, catalog::Model const* rules, bool by_itself);

// Functions may not be called like Perplexity's own tools: "web_search" goes out as "fn_web_search".
std::span<std::string_view const> reserved_names();
bool reserved(std::string_view name);

catalog::Usage read_usage(RawNode const& usage);

// §5.6: types of its own, `code` is the HTTP status. For both of its dialects.
void refine(RawNode const& root, Failure& failure);

ProviderAdapter const& adapter();
Dialect const& dialect();

}  // namespace tsg::providers::perplexity
