#include "pipeline/item_filter.hpp"

#include <algorithm>

#include "tsg/governance/json_filter.hpp"

namespace tsg::pipeline {
namespace {

using conversation::WholeChoice;
using conversation::WholeItem;
using AnswerItem = conversation::Event::Item;
using governance::Place;

Place const& place_in(Place const& at, std::string_view name) {
  bool known = false;
  return governance::child(at, name, known);
}
Place const& place_of_one(Place const& list) {
  return list.elements != nullptr ? *list.elements : list;
}

auto of_kind(AnswerItem kind) {
  return [kind](WholeItem const& item) { return item.kind == kind; };
}

// Gives the items what has become of their texts. Those before the first change and behind the last keep
// theirs; what is between goes to the first of them.
void share_out(std::vector<WholeItem*> const& items, std::string_view was, std::string_view now) {
  auto const shorter = std::min(was.size(), now.size());
  auto const same = static_cast<std::size_t>(
      std::mismatch(was.begin(), was.begin() + static_cast<std::ptrdiff_t>(shorter), now.begin()).first -
      was.begin());
  std::size_t tail = 0;
  while (tail < shorter - same && was[was.size() - 1 - tail] == now[now.size() - 1 - tail]) ++tail;
  auto const changed_to = was.size() - tail;

  std::size_t at = 0, from = 0;
  WholeItem* first = nullptr;
  for (auto* item : items) {
    auto const begin = at, end = at += item->text.size();
    bool const before = end <= same && end < was.size();
    if (begin >= changed_to && first != nullptr) break;
    if (before) continue;
    if (first == nullptr) {
      first = item;
      from = begin;
    } else {
      item->text.clear();
    }
    item->sealed.clear();
    first->text = now.substr(from, now.size() - (was.size() - end) - from);
  }
}

}  // namespace

ItemFilter::ItemFilter(governance::ContentRules const& rules, governance::Tally& tally, Place const& answer)
    : rules_{rules},
      tally_{tally},
      answer_{answer},
      message_{place_in(place_of_one(place_in(answer, "choices")), "message")},
      call_{place_of_one(place_in(message_, "tool_calls"))} {}

Result<bool> ItemFilter::filter(conversation::Answer& answer) {
  for (auto& one : answer.choices)
    if (auto done = choice(one); !done) return done.error();
  if (auto done = members(answer.extra, answer_); !done) return done.error();
  if (changed_)
    for (auto& one : answer.choices) one.logprobs.clear();
  return changed_;
}

// In the order in which a client reads them: the first rule that denies is the one that is told.
Result<> ItemFilter::choice(WholeChoice& choice) {
  auto& items = choice.items;
  auto done = joined(items, of_kind(AnswerItem::text), place_in(message_, "content"));
  if (done) done = joined(items, of_kind(AnswerItem::refusal), place_in(message_, "refusal"));
  if (done) done = joined(items, &conversation::is_thought, place_in(message_, "reasoning_content"));
  for (auto& item : items)
    if (done && conversation::is_call(item)) done = call(item);
  for (auto& one : choice.citations)
    if (done) done = json(one, place_of_one(place_in(message_, "annotations")));
  if (done)
    done = joined(items, of_kind(AnswerItem::audio), place_in(place_in(message_, "audio"), "transcript"));
  if (done) done = members(choice.extra, message_);
  return done;
}

template <class Kind>
Result<> ItemFilter::joined(std::vector<WholeItem>& items, Kind wanted, Place const& at) {
  std::vector<WholeItem*> some;
  std::string whole;
  for (auto& item : items)
    if (wanted(item)) {
      some.push_back(&item);
      whole += item.text;
    }
  if (some.empty()) return boost::system::in_place_value;
  auto filtered = governance::filter_said(rules_, tally_, whole, at);
  if (!filtered) return filtered.error();
  if (!*filtered) return boost::system::in_place_value;
  changed_ = true;
  share_out(some, whole, **filtered);
  return boost::system::in_place_value;
}

Result<> ItemFilter::call(WholeItem& call) {
  bool const custom = call.kind == AnswerItem::custom_call;
  auto const& function = place_in(call_, custom ? "custom" : "function");
  auto done = text(call.id, place_in(call_, "id"));
  if (done) done = text(call.name, place_in(function, "name"));
  if (done) done = text(call.text, place_in(function, custom ? "input" : "arguments"));
  if (done) done = members(call.extra, call_);
  return done;
}

Result<> ItemFilter::text(std::string& text, Place const& at) {
  auto filtered = governance::filter_said(rules_, tally_, text, at);
  if (!filtered) return filtered.error();
  if (!*filtered) return boost::system::in_place_value;
  changed_ = true;
  text = std::move(**filtered);
  return boost::system::in_place_value;
}

Result<> ItemFilter::json(std::string& text, Place const& at) {
  std::vector<governance::Replacement> changes;
  auto done = governance::filter_value(rules_, tally_, text, {0, text.size()}, at, changes);
  if (!done || changes.empty()) return done;
  changed_ = true;
  text = governance::applied(text, std::move(changes));
  return done;
}

Result<> ItemFilter::members(std::string& members, Place const& at) {
  if (members.empty()) return boost::system::in_place_value;
  auto object = "{" + members.substr(1) + "}";
  auto done = json(object, at);
  members = "," + object.substr(1, object.size() - 2);
  return done;
}

}  // namespace tsg::pipeline
