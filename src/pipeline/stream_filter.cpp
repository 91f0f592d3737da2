#include "pipeline/stream_filter.hpp"

#include <algorithm>

#include "pipeline/answer_filter.hpp"
#include "tsg/governance/json_filter.hpp"
#include "tsg/json/tokens.hpp"
#include "tsg/json/writer.hpp"
#include "tsg/surfaces/renderer.hpp"
#include "tsg/surfaces/stored.hpp"

namespace tsg::pipeline {
namespace {

using conversation::Event;
using conversation::EventBatch;
using governance::Place;
using governance::Replacement;

constexpr std::uint32_t kByKind = 0x8000'0000, kChoice = UINT32_MAX;

Place const& below(Place const& at, std::string_view name) {
  bool known = false;
  return governance::child(at, name, known);
}
Place const& element(Place const& list) {
  return list.elements != nullptr ? *list.elements : list;
}
bool is_call(Event const& event) noexcept {
  return event.item_kind == Event::Item::call || event.item_kind == Event::Item::custom_call;
}

}  // namespace

std::unique_ptr<StreamFilter> StreamFilter::of(Filtering const& filtering, bool joins_texts) {
  auto rules = std::make_unique<governance::ContentRules>(filtering.levels, governance::Side::answer);
  return rules->empty() ? nullptr : std::make_unique<StreamFilter>(filtering, std::move(rules), joins_texts);
}

StreamFilter::StreamFilter(Filtering const& filtering, std::unique_ptr<governance::ContentRules> rules,
                           bool joins_texts)
    : record_{filtering.record},
      rules_{std::move(rules)},
      tally_{*rules_},
      tally_of_end_{*rules_},
      json_{answers_json(filtering.asked)},
      joins_texts_{joins_texts},
      answer_{answer_place(filtering.asked)},
      choice_{element(below(answer_, "choices"))},
      message_{below(choice_, "delta")},
      call_{element(below(message_, "tool_calls"))} {}

Result<> StreamFilter::pass(EventBatch const& in, bool over, EventBatch& out) {
  for (auto rest = in.events(); !rest.empty();) {
    auto const next = std::find_if(rest.begin() + 1, rest.end(), [](Event const& e) { return !e.joined; });
    auto const together = rest.first(static_cast<std::size_t>(next - rest.begin()));
    auto const before = out.size();
    if (auto done = group(together, out); !done) {
      out.truncate(before);
      record();
      return done;
    }
    rest = rest.subspan(together.size());
  }
  if (over) record();
  return boost::system::in_place_value;
}

void StreamFilter::record() {
  if (std::exchange(recorded_, true)) return;
  note_matched(record_, tally_);
  note_matched(record_, tally_of_end_);
}

// What is held back leaves before the events that end its text; if one of those is a piece of it, in that.
Result<> StreamFilter::group(Group events, EventBatch& out) {
  events_.assign(events.begin(), events.end());
  ended_.clear();
  for (auto const& event : events) {
    if (event.kind == Event::Kind::stop) ended_.insert({event.choice, kChoice});
    if (event.kind == Event::Kind::close) ended_.insert(key_of(event));
  }
  for (auto& event : events_) {
    bool const ends = event.kind == Event::Kind::text && !ended_.empty() &&
                      (ended_.contains({event.choice, kChoice}) || ended_.contains(key_of(event)));
    if (auto done = one(event, ends, out); !done) return done;
  }
  for (auto const& event : events)
    if (event.kind == Event::Kind::stop || event.kind == Event::Kind::close)
      if (auto done = flush(event, out); !done) return done;
  for (auto const& event : events_) out.add(event);
  return boost::system::in_place_value;
}

Result<> StreamFilter::one(Event& event, bool ends, EventBatch& out) {
  switch (event.kind) {
    case Event::Kind::open:
      return open(event, out);
    case Event::Kind::text:
      return piece(event, ends, out);
    case Event::Kind::citation:
      return value(event, element(below(message_, "annotations")), out);
    case Event::Kind::logprobs:  // they spell what is held back
      event.json = "null";
      event.changed = true;
      break;
    case Event::Kind::extra:
      if (event.at != Event::At::ending) return value(event, place_of(event.at), out);
      ending(event, out);
      break;
    default:
      break;
  }
  return boost::system::in_place_value;
}

// A call's names are told at once.
Result<> StreamFilter::open(Event& event, EventBatch& out) {
  if (!is_call(event)) return boost::system::in_place_value;
  bool const custom = event.item_kind == Event::Item::custom_call;
  auto const id = word(event.id, below(call_, "id"), out);
  if (!id) return id.error();
  auto const name = word(event.name, below(below(call_, custom ? "custom" : "function"), "name"), out);
  if (!name) return name.error();
  event.changed |= *id != event.id || *name != event.name;
  event.id = *id;
  event.name = *name;
  return boost::system::in_place_value;
}

Result<std::string_view> StreamFilter::word(std::string_view said, Place const& at, EventBatch& out) {
  if (said.empty()) return said;
  auto const quoted = json::quoted(said);
  std::vector<Replacement> changes;
  auto done = governance::filter_value(*rules_, tally_, quoted, {0, quoted.size()}, at, changes);
  if (!done) return done.error();
  return changes.empty() ? said : out.keep(json::unquoted(changes.front().text));
}

StreamFilter::Key StreamFilter::key_of(Event const& event) const noexcept {
  // A member of another name is shown by itself.
  bool const joined = joins_texts_ && !is_call(event) && event.name.empty();
  return {event.choice, joined ? kByKind | static_cast<std::uint32_t>(event.item_kind) : event.item};
}

governance::Form StreamFilter::form_of(Event const& event) const noexcept {
  bool const json = event.item_kind == Event::Item::call || (json_ && event.item_kind == Event::Item::text);
  return json ? governance::Form::json : governance::Form::text;
}

// What may leave takes the piece's place, the rest waits.
Result<> StreamFilter::piece(Event& event, bool ends, EventBatch& out) {
  if (event.item_kind == Event::Item::other) {
    bool known = false;
    governance::child(message_, event.name, known);
    auto const named = known ? Result<std::optional<std::string>>{std::nullopt}
                             : governance::filter_text(*rules_, tally_, event.name);
    if (!named) return named.error();
    event.changed |= named->has_value();
    if (*named) event.name = out.keep(**named);
  }
  auto const lane =
      lanes_.try_emplace(key_of(event), governance::TextFilter{*rules_, tally_, form_of(event)}, event).first;
  auto& [filter, last, name] = lane->second;
  if (event.name != name) name = event.name;
  last = event;
  last.wire = last.text = {};
  last.where = last.name_where = {};
  last.name = name;
  last.joined = false;
  std::string leaves;
  auto done = filter.feed(event.text, leaves);
  if (done && ends) done = filter.finish(leaves);
  if (!done || leaves == event.text) return done;
  event.text = out.keep(leaves);
  event.changed = true;
  return boost::system::in_place_value;
}

Result<> StreamFilter::value(Event& event, Place const& at, EventBatch& out) {
  std::vector<Replacement> changes;
  auto done = governance::filter_value(*rules_, tally_, event.json, {0, event.json.size()}, at, changes);
  if (!done || changes.empty()) return done;
  event.json = out.keep(governance::applied(event.json, std::move(changes)));
  event.changed = true;
  return boost::system::in_place_value;
}

// Sources and the like. The answer has left, so what a rule denies here is left out.
void StreamFilter::ending(Event& event, EventBatch& out) {
  auto const members = json::scan_children(event.json, {0, event.json.size()});
  if (!members) return;
  std::vector<Replacement> changes;
  for (auto const& m : members->members) {
    auto const before = changes.size();
    if (governance::filter_value(*rules_, tally_of_end_, event.json, m.value, below(answer_, m.key), changes))
      continue;
    changes.resize(before);
    changes.push_back({m.value, event.json[m.value.begin] == '[' ? "[]" : "null"});
  }
  if (changes.empty()) return;
  event.json = out.keep(governance::applied(event.json, std::move(changes)));
  event.changed = true;
}

Place const& StreamFilter::place_of(Event::At at) const noexcept {
  switch (at) {
    case Event::At::choice:
      return choice_;
    case Event::At::message:
      return message_;
    case Event::At::call:
      return call_;
    case Event::At::function:
      return below(call_, "function");
    case Event::At::custom:
      return below(call_, "custom");
    case Event::At::audio:
      return below(message_, "audio");
    case Event::At::answer:
    case Event::At::ending:
      break;
  }
  return answer_;
}

// A choice, or one of its items, ends: what its texts hold leaves in events of its own.
Result<> StreamFilter::flush(Event const& end, EventBatch& out) {
  if (end.kind == Event::Kind::close) {
    auto const key = key_of(end);
    auto const lane = lanes_.find(key);
    if ((key.second & kByKind) != 0 || lane == lanes_.end()) return boost::system::in_place_value;
    return flush(lane->second, out);
  }
  for (auto lane = lanes_.lower_bound({end.choice, 0});
       lane != lanes_.end() && lane->first.first == end.choice; ++lane)
    if (auto done = flush(lane->second, out); !done) return done;
  return boost::system::in_place_value;
}

Result<> StreamFilter::flush(Lane& lane, EventBatch& out) {
  if (!lane.filter.holding()) return boost::system::in_place_value;
  std::string rest;
  auto done = lane.filter.finish(rest);
  if (!done || rest.empty()) return done;
  auto event = lane.event;
  event.text = rest;
  out.add(event);
  return boost::system::in_place_value;
}

Result<> filter_events(Filtering const& filtering, std::string& events) {
  surfaces::RenderContext context;
  context.include_usage = filtering.asked.include_usage;
  context.legacy_functions = filtering.asked.legacy_functions;
  auto const renderer = surfaces::chat_renderer(std::move(context));
  auto const filter = StreamFilter::of(filtering, renderer->joins_texts());
  if (!filter) return boost::system::in_place_value;
  EventBatch stored, filtered;
  if (auto read = surfaces::read_chunks(events, stored); !read) return read;
  if (auto done = filter->pass(stored, true, filtered); !done) return done;
  events.clear();
  renderer->render(std::as_const(filtered).events(), events);
  return boost::system::in_place_value;
}

}  // namespace tsg::pipeline
