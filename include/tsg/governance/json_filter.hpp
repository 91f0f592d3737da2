// Content rules applied to the strings of a JSON text; every byte outside the strings that change stays.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tsg/governance/filter.hpp"
#include "tsg/json/document.hpp"

namespace tsg::governance {

struct Replacement {
  json::Span span;   // of a string with its quotes
  std::string text;  // JSON
};
std::string applied(std::string_view text, std::vector<Replacement> const& changes);

// Which strings hold JSON themselves: a tool's arguments always.
struct Forms {
  Form here = Form::text;  // of the value itself, where it is a string
  bool content = false;    // whatever is called "content"
};

// Every string value below `value`, except what names things rather than says them (roles, types, ids) and
// encoded media. Object keys are not looked at. Changes come in the order of the text.
Result<> filter_strings(ContentRules const& rules, Tally& tally, std::string_view text, json::Span value,
                        std::vector<Replacement>& changes, Forms forms = {});

// A client's body: all members but `model`. nullopt = unchanged.
Result<std::optional<std::string>> filter_prompt(ContentRules const& rules, Tally& tally,
                                                 json::Document const& body);

}  // namespace tsg::governance
