#include "surfaces/chat/renderer.hpp"

#include <algorithm>

#include "tsg/core/bytes.hpp"
#include "tsg/json/tokens.hpp"
#include "tsg/json/writer.hpp"

namespace tsg::surfaces {
namespace chat {
namespace {

using conversation::Event;

constexpr std::string_view kLegacy = "function_call";

std::string_view inner(std::string_view object) noexcept {  // without its braces
  return object.substr(1, object.size() - 2);
}

bool of_choice(Event const& event) noexcept {
  switch (event.kind) {
    case Event::Kind::head:
    case Event::Kind::last:
    case Event::Kind::pass:
      return false;
    case Event::Kind::extra:
      return event.at != Event::At::answer && event.at != Event::At::ending;
    default:
      return true;
  }
}

// What a content rule put in the place of something in the provider's bytes.
struct Change {
  json::Span span;
  std::string text;
};

void note_changes(Event const& event, std::string_view wire, std::vector<Change>& out) {
  if (!event.changed) return;
  auto const put = [&](json::Span span, std::string_view said) {
    if (span.size() == 0) return;
    auto const as_was = wire.substr(span.begin, span.size());
    if (as_was.front() != '"' || json::unquoted(as_was) != said) out.push_back({span, json::quoted(said)});
  };
  if (event.kind == Event::Kind::extra)
    out.push_back({event.where, std::string{inner(event.json)}});
  else if (!event.json.empty() && event.where.size() != 0)
    out.push_back({event.where, std::string{event.json}});
  else if (event.kind == Event::Kind::text)
    put(event.where, event.text);
  put(event.id_where, event.id);
  put(event.name_where, event.name);
}

// The bytes with what was changed in them; `place` moves along.
std::string changed(std::span<Event const> events, std::string_view wire, std::size_t* place = nullptr) {
  std::vector<Change> changes;
  for (auto const& event : events) note_changes(event, wire, changes);
  std::ranges::sort(changes, {}, [](Change const& c) { return c.span.begin; });
  std::string out;
  std::size_t at = 0, moved = place ? *place : 0;
  for (auto const& c : changes) {
    if (c.span.begin < at) continue;
    out += wire.substr(at, c.span.begin - at);
    out += c.text;
    at = c.span.end;
    if (place && c.span.end <= *place) moved += c.text.size() - c.span.size();
  }
  if (place) *place = moved;
  return out += wire.substr(at);
}

}  // namespace

ChatRenderer::ChatRenderer(RenderContext context) : context_{std::move(context)} {
  head_.id = context_.id;
  head_.model = context_.model;
  head_.created = context_.created;
  head({});
}

void ChatRenderer::render(std::span<Event const> events, std::string& out) {
  while (!events.empty()) {
    auto const next =
        std::find_if(events.begin() + 1, events.end(), [](Event const& e) { return !e.joined; });
    auto const together = events.first(static_cast<std::size_t>(next - events.begin()));
    group(together, out);
    events = events.subspan(together.size());
  }
}

void ChatRenderer::group(Group events, std::string& out) {
  auto const& first = events.front();
  if (first.kind == Event::Kind::last) return last(events);
  if (first.wire.empty()) return made(events, out);
  for (auto const& event : events)
    if (of_choice(event)) began(event.choice);
  if (std::ranges::any_of(events, &Event::changed))
    out += changed(events, first.wire);
  else
    out += first.wire;
}

bool ChatRenderer::began(std::uint32_t choice) {
  if (std::ranges::find(begun_, choice) != begun_.end()) return true;
  begun_.push_back(choice);
  return false;
}

void ChatRenderer::head(Event const& event) {
  provider_begins_ |= !event.id.empty();
  if (!event.id.empty()) head_.id = event.id;
  if (!event.name.empty()) head_.model = event.name;
  if (event.created != 0) head_.created = event.created;
  prefix_ = "data: ";
  json::Writer w{prefix_};
  w.begin_object().key("id").string(head_.id).key("object").string("chat.completion.chunk");
  w.key("created").integer(head_.created).key("model").string(head_.model).key("choices").begin_array();
  w.begin_object().key("index");
}

void ChatRenderer::begin_chunk(std::uint32_t choice, std::string& out) const {
  out += prefix_;
  append_int(out, choice);
  out += ",\"delta\":";
}

void ChatRenderer::end_chunk(std::string& out, std::string_view logprobs, std::string_view finish) const {
  out += ",\"logprobs\":";
  out += logprobs;
  out += ",\"finish_reason\":";
  if (finish.empty()) {
    out += "null";
  } else {
    out += '"';
    out += finish;
    out += '"';
  }
  out += context_.include_usage ? "}],\"usage\":null}\n\n" : "}]}\n\n";
}

void ChatRenderer::made(Group events, std::string& out) {
  auto const& event = events.front();
  if (of_choice(event) && !began(event.choice) && !provider_begins_) {
    begin_chunk(event.choice, out);
    out += R"({"role":"assistant","content":""})";
    end_chunk(out);
  }
  switch (event.kind) {
    case Event::Kind::head:
      return head(event);
    case Event::Kind::open:
      return call(events, out);
    case Event::Kind::text:
      return text(event, out);
    case Event::Kind::citation:
      begin_chunk(event.choice, out);
      out += "{\"annotations\":[";
      for (auto const& one : events) {
        if (out.back() != '[') out += ',';
        out += one.json;
      }
      out += "]}";
      return end_chunk(out);
    case Event::Kind::logprobs:
      begin_chunk(event.choice, out);
      out += "{}";
      return end_chunk(out, event.json);
    case Event::Kind::stop: {
      auto word = providers::finish_reason(event.stop);
      if (context_.legacy_functions && word == "tool_calls") word = kLegacy;
      begin_chunk(event.choice, out);
      out += "{}";
      return end_chunk(out, "null", word);
    }
    case Event::Kind::extra:
      if (event.at == Event::At::message) {
        begin_chunk(event.choice, out);
        out += event.json;
        end_chunk(out);
      } else if (event.at == Event::At::ending && event.json.size() > 2) {
        last_members_ += ',';
        last_members_ += inner(event.json);
      }
      return;
    case Event::Kind::seal:
    case Event::Kind::close:
    case Event::Kind::last:
    case Event::Kind::pass:
      return;
  }
}

// A call, and what is told of it at once.
void ChatRenderer::call(Group events, std::string& out) {
  auto const& open = events.front();
  bool const custom = open.item_kind == Event::Item::custom_call;
  if (open.item_kind != Event::Item::call && !custom) return;
  std::string_view said;
  for (auto const& event : events)
    if (event.kind == Event::Kind::text) said = event.text;
  bool const legacy = context_.legacy_functions && !custom;
  if (legacy && open.place != 0) return;  // has a place for the first one only
  begin_chunk(open.choice, out);
  json::Writer w{out};
  w.begin_object();
  if (legacy) {
    w.key(kLegacy).begin_object();
    if (!open.name.empty()) w.key("name").string(open.name);
    w.key("arguments").string(said).end_object();
  } else {
    std::string_view const kind = custom ? "custom" : "function";
    w.key("tool_calls").begin_array().begin_object().key("index").integer(open.place);
    w.key("id").string(open.id).key("type").string(kind).key(kind).begin_object();
    w.key("name").string(open.name).key(custom ? "input" : "arguments").string(said).end_object();
    for (auto const& event : events) {
      if (event.kind != Event::Kind::extra || event.json.size() <= 2) continue;
      out += ',';
      out += inner(event.json);
    }
    w.end_object().end_array();
  }
  w.end_object();
  end_chunk(out);
}

void ChatRenderer::text(Event const& event, std::string& out) {
  using Item = Event::Item;
  bool const call = event.item_kind == Item::call || event.item_kind == Item::custom_call;
  bool const legacy = event.item_kind == Item::call && (context_.legacy_functions || event.name == kLegacy);
  if (legacy && event.place != 0) return;
  begin_chunk(event.choice, out);
  json::Writer w{out};
  w.begin_object();
  if (legacy) {
    w.key(kLegacy).begin_object().key("arguments").string(event.text).end_object();
  } else if (call) {
    bool const custom = event.item_kind == Item::custom_call;
    w.key("tool_calls").begin_array().begin_object().key("index").integer(event.place);
    w.key(custom ? "custom" : "function").begin_object();
    w.key(custom ? "input" : "arguments").string(event.text).end_object().end_object().end_array();
  } else if (event.item_kind == Item::audio) {
    w.key("audio").begin_object().key("transcript").string(event.text).end_object();
  } else {
    auto member = event.name;
    if (member.empty()) {
      bool const thought = event.item_kind == Item::thought || event.item_kind == Item::summary;
      member = thought ? "reasoning_content" : event.item_kind == Item::refusal ? "refusal" : "content";
    }
    w.key(member).string(event.text);
  }
  w.end_object();
  end_chunk(out);
}

void ChatRenderer::last(Group events) {
  auto const& event = events.front();
  auto const none = std::string::npos;
  last_.usage_end = event.where.end == 0 ? none : event.where.begin;
  last_.body = changed(events, event.wire, last_.usage_end == none ? nullptr : &last_.usage_end);
}

std::string ChatRenderer::tail(Ending const& ending) const {
  auto chunk = last_;
  if (chunk.body.empty()) {
    chunk = providers::usage_chunk(head_, "");
    chunk.body.insert(chunk.body.size() - 1, last_members_);
  }
  return providers::stream_tail(chunk, ending.usage, ending.usage_known, context_.include_usage,
                                ending.provider, ending.cost);
}

}  // namespace chat

std::unique_ptr<Renderer> chat_renderer(RenderContext context) {
  return std::make_unique<chat::ChatRenderer>(std::move(context));
}

}  // namespace tsg::surfaces
