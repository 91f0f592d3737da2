// Content rules on the way back: whole answers by their items, the provider's own bytes by span edits.
// Streams are in stream_filter.hpp.
#pragma once
#include "tsg/audit/record.hpp"
#include "tsg/conversation/prompt.hpp"
#include "tsg/governance/filter.hpp"
#include "tsg/governance/places.hpp"
#include "tsg/providers/adapter.hpp"

namespace tsg::pipeline {

// Whose rules hold for an answer, what was asked for, and where it is noted.
struct Filtering {
  Filtering(governance::Levels const& l, conversation::Facts const& a, audit::Record& r)
      : levels{l}, asked{a}, record{r} {}
  governance::Levels const& levels;
  conversation::Facts const& asked;
  audit::Record& record;
};

// The client asked for an answer that is JSON: it stays JSON, whatever is redacted in it.
bool answers_json(conversation::Facts const& asked) noexcept;

// What its texts are, by where they stand.
governance::Place const& answer_place(conversation::Facts const& asked) noexcept;
json::Limits answer_limits() noexcept;
void note_matched(audit::Record& record, governance::Tally const& tally);  // into the record

// Error: policy_denied; the answer must not leave. Cheap without content rules.
Result<> filter_answer(Filtering const& filtering, providers::Answer& answer);

// An answer that was kept, before it is given again: the rules of today hold, whatever held when it came.
// `events`: it was a stream.
Result<> filter_stored(Filtering const& filtering, bool events, std::string& body);
Result<> filter_events(Filtering const& filtering, std::string& events);

}  // namespace tsg::pipeline
