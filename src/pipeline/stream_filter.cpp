// A stream's text in pieces: each choice and kind of text has its own window (RED-9). What is held back
// leaves when the choice ends. Everything else in a chunk is read as in a whole answer.
#include <algorithm>
#include <array>
#include <map>

#include "pipeline/answer_filter.hpp"
#include "tsg/governance/json_filter.hpp"
#include "tsg/json/tokens.hpp"
#include "tsg/json/writer.hpp"

namespace tsg::pipeline {
namespace {

using governance::Place;
using governance::Replacement;

// Where a piece of text stands: choice, and the member of its delta, or the tool call's number.
struct Lane {
  std::int64_t choice = 0;
  std::string member;  // "content", "reasoning", …; of a tool call "function" or "custom"
  std::int64_t call = -1;
  friend auto operator<=>(Lane const&, Lane const&) = default;
};

// Text one object deeper: in a member of the delta, or of a tool call.
struct Nested {
  std::string_view member, text;
};
constexpr std::array kInDelta{Nested{"function_call", "arguments"}, Nested{"audio", "transcript"}};
constexpr std::array kInCall{Nested{"function", "arguments"}, Nested{"custom", "input"}};

template <std::size_t N>
Nested const* nested(std::array<Nested, N> const& known, std::string_view member) {
  auto const at = std::ranges::find(known, member, &Nested::member);
  return at == known.end() ? nullptr : &*at;
}

Place const& below(Place const& at, std::string_view name) {
  bool known = false;
  return governance::child(at, name, known);
}
Place const& element(Place const& list) {
  return list.elements != nullptr ? *list.elements : list;
}

class FilteredStream final : public providers::StreamDecoder {
 public:
  FilteredStream(Filtering const& filtering, std::unique_ptr<providers::StreamDecoder> inner)
      : record_{filtering.record},
        inner_{std::move(inner)},
        rules_{std::make_unique<governance::ContentRules>(filtering.levels, governance::Side::answer)},
        tally_{*rules_},
        json_{answers_json(filtering.asked)},
        root_{answer_place(filtering.asked)},
        choice_{element(below(root_, "choices"))},
        delta_{below(choice_, "delta")},
        call_{element(below(delta_, "tool_calls"))} {}
  ~FilteredStream() override = default;

  Result<> feed(std::string_view wire, std::string& out) override {
    events_.clear();
    auto fed = inner_->feed(wire, events_);
    return pass(std::move(fed), out);
  }
  Result<> finish(std::string& out) override {
    events_.clear();
    auto ended = inner_->finish(events_);
    return pass(std::move(ended), out);
  }
  bool done() const noexcept override { return inner_->done() && !denied_; }
  bool content_started() const noexcept override { return inner_->content_started(); }
  bool streams() const noexcept override { return inner_->streams(); }
  catalog::Usage const& usage() const noexcept override { return inner_->usage(); }
  bool usage_final() const noexcept override { return inner_->usage_final(); }
  std::int64_t output_bytes() const noexcept override { return inner_->output_bytes(); }
  std::string const& model() const noexcept override { return inner_->model(); }
  std::string const& upstream_id() const noexcept override { return inner_->upstream_id(); }
  std::vector<providers::Memo> take_memos() override { return inner_->take_memos(); }
  void adopt(catalog::Usage const& estimate) override { inner_->adopt(estimate); }

  // Sources and the like. The answer has left, so what a rule denies here is left out.
  std::string tail(std::string_view provider, std::optional<Nano> cost) const override {
    auto const events = inner_->tail(provider, cost);
    std::string out;
    governance::Tally tally{*rules_};
    for (std::string_view rest = events; !rest.empty();) {
      auto const event = take_event(rest);
      out += is_object(event) ? tail_event(event, tally) : std::string{event};
    }
    note_matched(record_, tally);
    return out;
  }

 private:
  static std::string_view take_event(std::string_view& rest) {
    auto const end = rest.find("\n\n");
    auto const event = rest.substr(0, end == rest.npos ? rest.size() : end + 2);
    rest.remove_prefix(event.size());
    return event;
  }
  static bool is_object(std::string_view event) {
    if (!event.starts_with("data: ") || !event.ends_with("\n\n")) return false;
    auto const first = event.find_first_not_of(" \r\t", 6);  // white space of a provider's JSON
    return event[first] == '{';
  }

  Result<> pass(Result<> state, std::string& out) {
    for (std::string_view rest = events_; !rest.empty();) {
      auto done = one(take_event(rest), out);
      if (!done) {
        denied_ = true;
        record();
        return done;
      }
    }
    if (inner_->done() || !state) record();
    return state;
  }

  void record() {
    if (std::exchange(recorded_, true)) return;
    note_matched(record_, tally_);
  }

  std::string tail_event(std::string_view event, governance::Tally& tally) const {
    auto const text = event.substr(6, event.size() - 8);
    auto const root = json::scan(text, answer_limits());
    std::vector<Replacement> changes;
    if (!root) return std::string{event};
    for (auto const& m : root->members) {
      auto const before = changes.size();
      if (governance::filter_value(*rules_, tally, text, m.value, below(root_, m.key), changes)) continue;
      changes.resize(before);
      changes.push_back({m.value, text[m.value.begin] == '[' ? "[]" : "null"});
    }
    return "data: " + governance::applied(text, std::move(changes)) + "\n\n";
  }

  Result<> one(std::string_view event, std::string& out) {
    if (!is_object(event)) {
      out += event;
      return boost::system::in_place_value;
    }
    auto const text = event.substr(6, event.size() - 8);
    auto const root = json::scan(text, answer_limits());
    if (!root) return Error{Errc::internal}.log("an event of our own is not JSON");
    changes_.clear();
    for (auto const& m : root->members) {
      auto done = m.key == "choices" && text[m.value.begin] == '[' ? choices(text, *root, m.value, out)
                                                                   : other(text, m, root_);
      if (!done) return done;
    }
    out += "data: ";
    out += changes_.empty() ? std::string{text} : governance::applied(text, std::move(changes_));
    out += "\n\n";
    return boost::system::in_place_value;
  }

  Result<> choices(std::string_view text, json::Scan const& root, json::Span list, std::string& out) {
    auto const all = json::scan_children(text, list);
    if (!all) return all.error();
    for (auto const& c : all->members)
      if (auto done = choice(text, root, c.value, out); !done) return done;
    return boost::system::in_place_value;
  }

  // Unless it is the protocol's own.
  Result<> name(json::Member const& m, Place const& in) {
    bool known = false;
    governance::child(in, m.key, known);
    if (known) return boost::system::in_place_value;
    auto filtered = governance::filter_text(*rules_, tally_, m.key);
    if (!filtered) return filtered.error();
    if (*filtered) changes_.push_back({m.key_span, json::quoted(**filtered)});
    return boost::system::in_place_value;
  }

  // A member that is not text in pieces.
  Result<> other(std::string_view text, json::Member const& m, Place const& in) {
    if (auto named = name(m, in); !named) return named;
    return governance::filter_value(*rules_, tally_, text, m.value, below(in, m.key), changes_);
  }

  Result<> choice(std::string_view text, json::Scan const& root, json::Span span, std::string& out) {
    auto const members = json::scan_children(text, span);
    if (!members) return members.error();
    Lane lane;
    bool ends = false;
    for (auto const& m : members->members) {
      auto const raw = text.substr(m.value.begin, m.value.size());
      if (m.key == "index") lane.choice = std::strtoll(std::string{raw}.c_str(), nullptr, 10);
      if (m.key == "finish_reason") ends = raw.front() == '"';
    }
    for (auto const& m : members->members) {
      Result<> done = boost::system::in_place_value;
      if (m.key == "delta" && text[m.value.begin] == '{')
        done = strings(text, m.value, lane, ends);
      else if (m.key == "logprobs" && text[m.value.begin] != 'n')
        changes_.push_back({m.value, "null"});  // they spell what is held back
      else
        done = other(text, m, choice_);
      if (!done) return done;
    }
    return ends ? flush(text, root, lane.choice, out) : Result<>{boost::system::in_place_value};
  }

  Result<> strings(std::string_view text, json::Span delta, Lane lane, bool ends) {
    auto const members = json::scan_children(text, delta);
    if (!members) return members.error();
    for (auto const& m : members->members) {
      auto const* in = nested(kInDelta, m.key);
      Result<> done = boost::system::in_place_value;
      lane.member = m.key;
      if (text[m.value.begin] == '"' && m.key != "role") {
        done = name(m, delta_);
        if (done) done = piece(text, m.value, lane, ends);
      } else if (in != nullptr) {
        done = inside(text, m.value, *in, below(delta_, m.key), lane, ends);
      } else if (m.key == "tool_calls" && text[m.value.begin] == '[') {
        done = calls(text, m.value, lane, ends);
      } else {
        done = other(text, m, delta_);
      }
      if (!done) return done;
    }
    return boost::system::in_place_value;
  }

  Result<> calls(std::string_view text, json::Span list, Lane lane, bool ends) {
    auto const all = json::scan_children(text, list);
    if (!all) return all.error();
    for (auto const& call : all->members) {
      auto const members = json::scan_children(text, call.value);
      if (!members) continue;
      lane.call = 0;
      for (auto const& m : members->members)
        if (m.key == "index")
          lane.call =
              std::strtoll(std::string{text.substr(m.value.begin, m.value.size())}.c_str(), nullptr, 10);
      for (auto const& m : members->members) {
        auto const* in = nested(kInCall, m.key);
        lane.member = m.key;
        auto done = in != nullptr ? inside(text, m.value, *in, below(call_, m.key), lane, ends)
                                  : other(text, m, call_);
        if (!done) return done;
      }
    }
    return boost::system::in_place_value;
  }

  Result<> inside(std::string_view text, json::Span object, Nested const& in, Place const& at,
                  Lane const& lane, bool ends) {
    if (text[object.begin] != '{')
      return governance::filter_value(*rules_, tally_, text, object, at, changes_);
    auto const members = json::scan_children(text, object);
    if (!members) return members.error();
    for (auto const& m : members->members) {
      bool const pieces = m.key == in.text && text[m.value.begin] == '"';
      if (auto done = pieces ? piece(text, m.value, lane, ends) : other(text, m, at); !done) return done;
    }
    return boost::system::in_place_value;
  }

  governance::Form form_of(Lane const& lane) const {
    bool const json =
        lane.member == "function" || lane.member == "function_call" || (json_ && lane.member == "content");
    return json ? governance::Form::json : governance::Form::text;
  }

  // One piece: what may leave takes its place, the rest waits.
  Result<> piece(std::string_view text, json::Span span, Lane const& lane, bool ends) {
    auto const decoded = json::unquoted(text.substr(span.begin, span.size()));
    auto& filter = lanes_.try_emplace(lane, *rules_, tally_, form_of(lane)).first->second;
    std::string leaves;
    auto done = filter.feed(decoded, leaves);
    if (done && ends) done = filter.finish(leaves);
    if (!done) return done;
    if (leaves != decoded) changes_.push_back({span, json::quoted(leaves)});
    return boost::system::in_place_value;
  }

  // The choice ends in this chunk: what its other lanes hold leaves in chunks of their own before it.
  Result<> flush(std::string_view text, json::Scan const& root, std::int64_t choice, std::string& out) {
    Lane first;
    first.choice = choice;
    first.call = INT64_MIN;
    for (auto at = lanes_.lower_bound(first); at != lanes_.end() && at->first.choice == choice; ++at) {
      auto& [lane, filter] = *at;
      if (!filter.holding()) continue;
      std::string rest;
      auto done = filter.finish(rest);
      if (!done) return done;
      if (!rest.empty()) append_chunk(text, root, lane, rest, out);
    }
    return boost::system::in_place_value;
  }

  static void append_chunk(std::string_view text, json::Scan const& root, Lane const& lane,
                           std::string_view rest, std::string& out) {
    out += "data: {";
    for (auto const& m : root.members) {
      if (m.key != "id" && m.key != "object" && m.key != "created" && m.key != "model") continue;
      out += text.substr(m.key_span.begin, m.value.end - m.key_span.begin);
      out += ',';
    }
    out += "\"choices\":[{\"index\":" + std::to_string(lane.choice) + ",\"delta\":{";
    auto const within = [&](Nested const& in) {
      out += json::quoted(lane.member) + ":{" + json::quoted(in.text) + ":" + json::quoted(rest) + "}";
    };
    if (lane.call >= 0) {
      out += "\"tool_calls\":[{\"index\":" + std::to_string(lane.call) + ",";
      within(*nested(kInCall, lane.member));
      out += "}]";
    } else if (auto const* in = nested(kInDelta, lane.member)) {
      within(*in);
    } else {
      out += json::quoted(lane.member) + ":" + json::quoted(rest);
    }
    out += "},\"finish_reason\":null}]}\n\n";
  }

  audit::Record& record_;
  std::unique_ptr<providers::StreamDecoder> inner_;
  std::unique_ptr<governance::ContentRules> rules_;
  governance::Tally tally_;
  std::map<Lane, governance::TextFilter> lanes_;
  std::vector<Replacement> changes_;
  std::string events_;
  bool json_;
  Place const& root_;
  Place const& choice_;
  Place const& delta_;
  Place const& call_;
  bool recorded_ = false, denied_ = false;
};

// The events of a stream that has been decoded before: as they are.
class Events final : public providers::StreamDecoder {
 public:
  Result<> feed(std::string_view events, std::string& out) override {
    out += events;
    done_ = true;
    return boost::system::in_place_value;
  }
  Result<> finish(std::string&) override { return boost::system::in_place_value; }
  bool done() const noexcept override { return done_; }
  bool content_started() const noexcept override { return done_; }
  catalog::Usage const& usage() const noexcept override { return usage_; }
  std::int64_t output_bytes() const noexcept override { return 0; }
  std::string const& model() const noexcept override { return none_; }
  std::string const& upstream_id() const noexcept override { return none_; }
  std::string tail(std::string_view, std::optional<Nano>) const override { return {}; }

 private:
  catalog::Usage usage_;
  std::string none_;
  bool done_ = false;
};

}  // namespace

std::unique_ptr<providers::StreamDecoder> filter_stream(Filtering const& filtering,
                                                        std::unique_ptr<providers::StreamDecoder> decoder) {
  if (governance::ContentRules{filtering.levels, governance::Side::answer}.empty()) return decoder;
  return std::make_unique<FilteredStream>(filtering, std::move(decoder));
}

Result<> filter_events(Filtering const& filtering, std::string& events) {
  auto const filter = filter_stream(filtering, std::make_unique<Events>());
  std::string out;
  auto done = filter->feed(events, out);
  if (done) events = std::move(out);
  return done;
}

}  // namespace tsg::pipeline
