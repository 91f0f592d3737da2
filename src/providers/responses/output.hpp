// The output items of a response (§2.4).
#pragma once
#include "providers/responses/memo.hpp"
#include "providers/sources.hpp"
#include "providers/whole.hpp"

namespace tsg::providers::responses {

struct Output {
  Output() = default;
  WholeChoice choice;
  std::vector<Memo> memos;
  Sources sources;
  catalog::Usage hosted;  // calls of hosted tools, where the flavour counts them here
};
Output read_output(RawNode const& items, Flavour const& flavour);

// A call the client has to answer. Not: one the provider makes and answers itself.
bool is_call(RawNode const& item, Flavour const& flavour);
WholeItem read_call(RawNode const& item);

// A flat annotation as chat's; "" unless it cites a URL. `shift`: characters before this part.
std::string annotation_of(RawNode const& annotation, std::int64_t shift);
std::int64_t characters(std::string_view text) noexcept;

// The end: "" = not a terminal status. An error for runs that failed.
Result<std::string_view> finish_of(RawNode const& response, bool has_calls, Flavour const& flavour);
catalog::Usage usage_of(RawNode const& response, catalog::Usage const& hosted, Flavour const& flavour);

}  // namespace tsg::providers::responses
