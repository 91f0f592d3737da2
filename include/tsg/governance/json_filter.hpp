// Content rules applied to a JSON text by the places in it (places.hpp); every byte outside of what changes
// stays.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tsg/governance/filter.hpp"
#include "tsg/governance/places.hpp"
#include "tsg/json/document.hpp"

namespace tsg::governance {

struct Replacement {
  json::Span span;   // of a string with its quotes, a name, a number, or a whole value
  std::string text;  // JSON
};
// In any order; they do not overlap.
std::string applied(std::string_view text, std::vector<Replacement> changes);

// What stands at `value` of a text that has been scanned, with all below it. One pass, linear in its bytes
// however deep it is nested. Names of the client's own count as text, and numbers where they are not
// settings. An error is a `deny` rule.
Result<> filter_value(ContentRules const& rules, Tally& tally, std::string_view text, json::Span value,
                      Place const& at, std::vector<Replacement>& changes);

// The same of one text that stands in no JSON, as if it were a string at that place. nullopt = unchanged.
Result<std::optional<std::string>> filter_said(ContentRules const& rules, Tally& tally,
                                               std::string const& said, Place const& at);

// A client's body. nullopt = unchanged. Under a rule that denies or redacts, embeddings of token numbers are
// refused: nobody here can read them.
Result<std::optional<std::string>> filter_prompt(ContentRules const& rules, Tally& tally,
                                                 json::Document const& body, Place const& at);

}  // namespace tsg::governance
