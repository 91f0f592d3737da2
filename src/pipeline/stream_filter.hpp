// Content rules on a stream's events: each text of an answer has a window of its own (RED-9), and holds back
// what may still become a match.
#pragma once
#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "pipeline/answer_filter.hpp"
#include "tsg/conversation/event.hpp"
#include "tsg/governance/filter.hpp"
#include "tsg/governance/places.hpp"

namespace tsg::pipeline {

class StreamFilter {
 public:
  using Event = conversation::Event;
  using EventBatch = conversation::EventBatch;
  // nullptr: no rule speaks of answers. `joins_texts`: see surfaces::Renderer.
  static std::unique_ptr<StreamFilter> of(Filtering const& filtering, bool joins_texts);
  StreamFilter(Filtering const& filtering, std::unique_ptr<governance::ContentRules> rules, bool joins_texts);

  // What may leave, with what was held back before. `over`: nothing comes after these. An error is a rule
  // that denies: nothing after it may leave.
  Result<> pass(EventBatch const& in, bool over, EventBatch& out);

 private:
  using Group = std::span<Event const>;
  using Key = std::pair<std::uint32_t, std::uint32_t>;  // choice, and item or kind
  struct Lane {
    Lane(governance::TextFilter f, Event const& e) : filter{std::move(f)}, event{e} {}
    governance::TextFilter filter;
    Event event;       // of the text that comes last, for what leaves behind it
    std::string name;  // that its event points to
  };
  Result<> group(Group events, EventBatch& out);
  Result<> one(Event& event, bool ends, EventBatch& out);
  Result<> open(Event& event, EventBatch& out);
  Result<> piece(Event& event, bool ends, EventBatch& out);
  Result<> value(Event& event, governance::Place const& at, EventBatch& out);
  void ending(Event& event, EventBatch& out);
  Result<> flush(Event const& end, EventBatch& out);
  Result<> flush(Lane& lane, EventBatch& out);
  Result<std::string_view> word(std::string_view said, governance::Place const& at, EventBatch& out);
  Key key_of(Event const& event) const noexcept;
  governance::Form form_of(Event const& event) const noexcept;
  governance::Place const& place_of(Event::At at) const noexcept;
  void record();

  audit::Record& record_;
  std::unique_ptr<governance::ContentRules> rules_;
  // What leaves with the end is counted apart: a rule that denies there takes it out, and denies nothing.
  governance::Tally tally_, tally_of_end_;
  std::map<Key, Lane> lanes_;
  // Of the events at hand: as they will leave, and whose text ends with them.
  std::vector<Event> events_;
  std::set<Key> ended_;
  bool json_, joins_texts_, recorded_ = false;
  governance::Place const& answer_;
  governance::Place const& choice_;
  governance::Place const& message_;
  governance::Place const& call_;
};

}  // namespace tsg::pipeline
