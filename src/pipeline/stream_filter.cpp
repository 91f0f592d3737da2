// A stream's text in pieces: each choice and kind of text has its own window (RED-9). What is held back
// leaves when the choice ends.
#include <algorithm>
#include <array>
#include <map>

#include <nlohmann/json.hpp>
#include "pipeline/answer_filter.hpp"
#include "tsg/governance/json_filter.hpp"
#include "tsg/json/writer.hpp"

namespace tsg::pipeline {
namespace {

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

class FilteredStream final : public providers::StreamDecoder {
 public:
  FilteredStream(RequestContext& ctx, std::unique_ptr<providers::StreamDecoder> inner)
      : ctx_{ctx},
        inner_{std::move(inner)},
        rules_{std::make_unique<governance::ContentRules>(ctx.levels, governance::Side::answer)},
        tally_{*rules_},
        json_{answers_json(*ctx.chat)} {}
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
  catalog::Usage const& usage() const noexcept override { return inner_->usage(); }
  bool usage_final() const noexcept override { return inner_->usage_final(); }
  std::int64_t output_bytes() const noexcept override { return inner_->output_bytes(); }
  std::string const& model() const noexcept override { return inner_->model(); }
  std::string const& upstream_id() const noexcept override { return inner_->upstream_id(); }
  std::vector<providers::Memo> take_memos() override { return inner_->take_memos(); }
  void adopt(catalog::Usage const& estimate) override { inner_->adopt(estimate); }
  std::string tail(std::string_view provider, std::optional<Nano> cost) const override {
    return inner_->tail(provider, cost);
  }

 private:
  Result<> pass(Result<> state, std::string& out) {
    std::string_view rest = events_;
    while (!rest.empty()) {
      auto const end = rest.find("\n\n");
      auto const event = rest.substr(0, end == rest.npos ? rest.size() : end + 2);
      rest.remove_prefix(event.size());
      auto done = one(event, out);
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
    for (auto& m : tally_.matched())
      ctx_.record.matched.emplace_back(std::move(m.source), std::move(m.rule), std::move(m.effect));
  }

  Result<> one(std::string_view event, std::string& out) {
    if (!event.starts_with("data: {")) {
      out += event;
      return boost::system::in_place_value;
    }
    auto const text = event.substr(6, event.size() - 8);
    auto const root = json::scan(text, json::Limits{});
    if (!root) return Error{Errc::internal}.log("an event of our own is not JSON");
    changes_.clear();
    for (auto const& m : root->members) {
      if (m.key != "choices" || text[m.value.begin] != '[') continue;
      auto const choices = json::scan_children(text, m.value);
      for (auto const& c : choices->members) {
        auto done = choice(text, *root, c.value, out);
        if (!done) return done;
      }
    }
    out += "data: ";
    out += changes_.empty() ? std::string{text} : governance::applied(text, changes_);
    out += "\n\n";
    return boost::system::in_place_value;
  }

  Result<> choice(std::string_view text, json::Scan const& root, json::Span span, std::string& out) {
    auto const members = json::scan_children(text, span);
    if (!members) return members.error();
    Lane lane;
    bool ends = false;
    json::Span delta;
    for (auto const& m : members->members) {
      auto const raw = text.substr(m.value.begin, m.value.size());
      if (m.key == "index") lane.choice = std::strtoll(std::string{raw}.c_str(), nullptr, 10);
      if (m.key == "finish_reason") ends = raw.front() == '"';
      if (m.key == "delta") delta = m.value;
    }
    if (delta.size() > 0 && text[delta.begin] == '{') {
      auto done = strings(text, delta, lane, ends);
      if (!done) return done;
    }
    return ends ? flush(text, root, lane.choice, out) : Result<>{boost::system::in_place_value};
  }

  Result<> strings(std::string_view text, json::Span delta, Lane lane, bool ends) {
    auto const members = json::scan_children(text, delta);
    if (!members) return members.error();
    for (auto const& m : members->members) {
      if (m.key == "role") continue;
      if (text[m.value.begin] == '"') {
        lane.member = m.key;
        auto done = piece(text, m.value, lane, ends);
        if (!done) return done;
      } else if (auto const* in = nested(kInDelta, m.key)) {
        lane.member = m.key;
        auto done = inside(text, m.value, in->text, lane, ends);
        if (!done) return done;
      } else if (m.key == "tool_calls" && text[m.value.begin] == '[') {
        auto done = calls(text, m.value, lane, ends);
        if (!done) return done;
      }
    }
    return boost::system::in_place_value;
  }

  Result<> calls(std::string_view text, json::Span list, Lane lane, bool ends) {
    auto const all = json::scan_children(text, list);
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
        if (in == nullptr) continue;
        lane.member = m.key;
        auto done = inside(text, m.value, in->text, lane, ends);
        if (!done) return done;
      }
    }
    return boost::system::in_place_value;
  }

  Result<> inside(std::string_view text, json::Span object, std::string_view name, Lane const& lane,
                  bool ends) {
    if (text[object.begin] != '{') return boost::system::in_place_value;
    auto const members = json::scan_children(text, object);
    if (!members) return members.error();
    for (auto const& m : members->members)
      if (m.key == name && text[m.value.begin] == '"')
        if (auto done = piece(text, m.value, lane, ends); !done) return done;
    return boost::system::in_place_value;
  }

  governance::Form form_of(Lane const& lane) const {
    bool const json =
        lane.member == "function" || lane.member == "function_call" || (json_ && lane.member == "content");
    return json ? governance::Form::json : governance::Form::text;
  }

  // One piece: what may leave takes its place, the rest waits.
  Result<> piece(std::string_view text, json::Span span, Lane const& lane, bool ends) {
    auto const raw = text.substr(span.begin, span.size());
    auto const decoded = raw.find('\\') == raw.npos ? std::string{raw.substr(1, raw.size() - 2)}
                                                    : nlohmann::json::parse(raw).get<std::string>();
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
    for (auto& [lane, filter] : lanes_) {
      if (lane.choice != choice || !filter.holding()) continue;
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

  RequestContext& ctx_;
  std::unique_ptr<providers::StreamDecoder> inner_;
  std::unique_ptr<governance::ContentRules> rules_;
  governance::Tally tally_;
  std::map<Lane, governance::TextFilter> lanes_;
  std::vector<Replacement> changes_;
  std::string events_;
  bool json_;
  bool recorded_ = false, denied_ = false;
};

}  // namespace

std::unique_ptr<providers::StreamDecoder> filter_stream(RequestContext& ctx,
                                                        std::unique_ptr<providers::StreamDecoder> decoder) {
  if (governance::ContentRules{ctx.levels, governance::Side::answer}.empty()) return decoder;
  return std::make_unique<FilteredStream>(ctx, std::move(decoder));
}

}  // namespace tsg::pipeline
