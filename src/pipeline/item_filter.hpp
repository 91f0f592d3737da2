// Content rules over the items of a whole answer.
#pragma once
#include "tsg/conversation/answer.hpp"
#include "tsg/governance/filter.hpp"
#include "tsg/governance/places.hpp"

namespace tsg::pipeline {

class ItemFilter {
 public:
  // `answer`: the place of a whole answer.
  ItemFilter(governance::ContentRules const& rules, governance::Tally& tally,
             governance::Place const& answer);
  // Every text of it, wherever it stands. An error is a `deny` rule. True: something was changed, and what
  // spells the text again (log probabilities, seals of changed thoughts) is gone with it.
  Result<bool> filter(conversation::Answer& answer);

 private:
  using Place = governance::Place;
  Result<> choice(conversation::WholeChoice& choice);
  // Items of a kind are one text: a match may begin in one and end in another.
  template <class Kind>
  Result<> joined(std::vector<conversation::WholeItem>& items, Kind wanted, Place const& at);
  Result<> call(conversation::WholeItem& call);
  Result<> text(std::string& text, Place const& at);
  Result<> json(std::string& text, Place const& at);
  Result<> members(std::string& members, Place const& at);

  governance::ContentRules const& rules_;
  governance::Tally& tally_;
  Place const& answer_;
  Place const& message_;
  Place const& call_;
  bool changed_ = false;
};

}  // namespace tsg::pipeline
