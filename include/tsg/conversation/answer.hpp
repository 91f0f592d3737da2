// A whole answer as everything behind a decoder sees it, whatever dialect it came in: the items of each
// choice in the order in which the model made them, and what they cost. A stream's events, put together, are
// the same.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tsg/catalog/usage.hpp"
#include "tsg/conversation/event.hpp"

namespace tsg::conversation {

// State that clients drop between turns (thought signatures, thinking blocks), by tool-call id.
struct Memo {
  Memo(std::string id, std::string j) : call_id{std::move(id)}, json{std::move(j)} {}
  std::string call_id, json;
};

struct WholeItem {
  WholeItem(Event::Item k, std::string t) : kind{k}, text{std::move(t)} {}
  Event::Item kind;
  std::string text;      // as it reads; of a call its arguments as JSON text, of a custom one its input
  std::string id, name;  // of a call
  // What only who made the item can read: a signature, encrypted thoughts. "" = nothing.
  std::string sealed;
  std::string extra;     // of a call in chat's form: raw members, each with its leading comma; or ""
  bool partial = false;  // the provider cut it
};

// For the client to answer: a function's, or a custom tool's.
inline bool is_call(WholeItem const& item) noexcept {
  return item.kind == Event::Item::call || item.kind == Event::Item::custom_call;
}

inline bool is_thought(WholeItem const& item) noexcept {
  return item.kind == Event::Item::thought || item.kind == Event::Item::summary;
}

struct WholeChoice {
  WholeChoice() = default;
  std::vector<WholeItem> items;
  std::vector<std::string> citations;  // as Event::Kind::citation tells them, in the provider's order
  Stop stop = Stop::end;
  std::string logprobs;  // raw JSON in chat's form; "" = none
  std::string extra;     // of the message in chat's form, as WholeItem::extra

  // All text of one kind, for clients that know no items.
  std::string joined(Event::Item kind) const;
  std::string thoughts() const;               // as they are, and summaries as paragraphs
  bool has(Event::Item kind) const noexcept;  // with a text
  bool calls() const noexcept;
};

// The provider's own bytes, where its dialect is the client's: what is shown comes of them, not of the items.
struct Verbatim {
  Verbatim() = default;
  std::string body;                           // an object
  std::size_t usage_end = std::string::npos;  // offset of the `}` that closes "usage"; npos: has none
  std::string content;                        // choice 0's text as it is spelt there: a JSON string
};

struct Answer {
  Answer() = default;
  std::vector<WholeChoice> choices;  // none of embeddings
  std::optional<Verbatim> verbatim;
  catalog::Usage usage;
  std::string service_tier;  // as reported; usage has the one that is booked
  std::string model;         // as reported, else asked
  std::string upstream_id;   // the provider's id of the answer, for our record
  // The provider's own, where clients of its dialect are shown them; else their surface makes some.
  std::string id;
  std::int64_t created = 0;
  std::vector<Memo> memos;
  std::string extra;  // at the top of chat's form, as WholeItem::extra

  // Of choice 0's text, spelt as JSON with its quotes; 0 of embeddings. What an answer without usage is
  // estimated by.
  std::size_t spoken_bytes() const;
  std::size_t bytes() const noexcept;  // of all that content rules have to read
};

// Characters of UTF-8, as offsets count them.
std::int64_t characters(std::string_view text) noexcept;

}  // namespace tsg::conversation
