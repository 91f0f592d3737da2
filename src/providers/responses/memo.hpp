// Thoughts between turns. A chat client keeps calls and their ids, and drops reasoning items; with
// store:false nobody else has them. So what came before a call since the last one is remembered under the
// call's id:
//   {"from":"openai","items":[{"type":"reasoning",…},{"type":"message","phase":"commentary"}]}
// The message stands for the client's own copy of the text: its place and phase are ours, its words are not.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "providers/responses/responses.hpp"

namespace tsg::providers::responses {

class MemoBook {
 public:
  explicit MemoBook(Flavour const& flavour) noexcept : flavour_{&flavour} {}
  void reasoning(RawNode const& item);
  void message(RawNode const& item);
  void call(RawNode const& item, std::string_view call_id);
  std::vector<Memo> take() { return std::move(memos_); }

 private:
  Flavour const* flavour_;
  std::vector<std::string> pending_;
  bool worth_ = false;
  std::vector<Memo> memos_;
};

struct Recalled {
  Recalled() = default;
  struct Item {
    Item(bool m, std::string j) : message{m}, json{std::move(j)} {}
    bool message;      // the place of the client's text; `json` is its phase, "" = none
    std::string json;  // else a raw input item
  };
  std::vector<Item> items;
  std::string signature;  // raw JSON string: Gemini's thought_signature, sold by Perplexity
};
// Empty where nothing is remembered, or another vendor's.
Recalled recall(EncodeContext const& context, Flavour const& flavour, std::string_view call_id);

}  // namespace tsg::providers::responses
