// A text in several strings, as a message in parts: each is read by itself, and the places where they meet.
#pragma once
#include <string>
#include <vector>

#include "tsg/governance/json_filter.hpp"

namespace tsg::governance {

class JoinedText {
 public:
  // An error is a `deny` rule.
  // `changed`: it is no longer what stands at `span`.
  Result<> add(ContentRules const& rules, Tally& tally, json::Span span, std::string text, bool changed);
  // What spans two pieces or more is found here; then the changed ones go to `changes`. A replacement stands
  // where its match began; the rest of the match is taken out of the pieces that follow.
  Result<> finish(ContentRules const& rules, Tally& tally, std::vector<Replacement>& changes);

 private:
  struct Piece {
    json::Span span;  // with its quotes
    std::string text;
    std::vector<TextEdit> edits;
    bool changed = false;
  };
  Result<> meet(ContentRules const& rules, Tally& tally);
  std::vector<Piece> pieces_;
};

}  // namespace tsg::governance
