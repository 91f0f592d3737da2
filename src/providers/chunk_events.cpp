#include "providers/chunk_events.hpp"

#include <algorithm>
#include <array>
#include <cstring>

#include "providers/openai_shape.hpp"

namespace tsg::providers {
namespace {

using conversation::Event;
using conversation::EventBatch;
using At = Event::At;

constexpr std::string_view kData = "data: ", kEnd = "\n\n";
constexpr std::string_view kLegacyMember = R"("function_call")";

// The protocol's own at the top of a chunk: no text of the answer's.
constexpr std::array<std::string_view, 10> kProtocol{
    "id",          "object",  "created", "model", "choices", "usage", "service_tier", "system_fingerprint",
    "obfuscation", "provider"};
bool of_protocol(std::string_view key) noexcept {
  return std::ranges::find(kProtocol, key) != kProtocol.end();
}

struct Known {
  std::string_view member;
  Event::Item kind;
  bool usual;  // what events of our own make are shown under
};
constexpr std::array kTexts{
    Known{"content", Event::Item::text, true}, Known{"reasoning_content", Event::Item::thought, true},
    Known{"reasoning", Event::Item::thought, false}, Known{"refusal", Event::Item::refusal, true}};
// Known to the protocol, and empty where they are null.
constexpr std::array<std::string_view, 8> kOthers{
    "role",        "tool_calls", "function_call",   "audio",
    "annotations", "images",     "thinking_blocks", "extra_content"};

std::string_view spelt(RawNode const& node, json::Span span) {
  return node.text().substr(span.begin, span.size());
}
// The name as it is spelt; of a name without quotes around it there is none.
std::string_view key_of(RawNode const& node, json::Member const& m) {
  return spelt(node, m.key_span);
}

}  // namespace

bool ChunkEvents::any_members(RawNode const& root) noexcept {
  return std::ranges::any_of(root.members(), [](auto const& m) { return !of_protocol(m.key); });
}

ChunkEvents::Choice& ChunkEvents::known_choice(std::int64_t index) {
  auto const known = std::ranges::find(choices_, index, &Choice::index);
  if (known != choices_.end()) return *known;
  auto& fresh = choices_.emplace_back();
  fresh.index = index;
  return fresh;
}

std::uint32_t ChunkEvents::find(Choice const& choice, Event::Item kind, std::int64_t number,
                                std::string_view member) noexcept {
  auto const at = choice.known.find(Name<std::string_view>{kind, number, member});
  return at == choice.known.end() ? static_cast<std::uint32_t>(choice.items.size()) : at->second;
}

Event ChunkEvents::event(Event::Kind kind, Choice const& choice, std::uint32_t item) const {
  Event e{kind, static_cast<std::uint32_t>(choice.index), item};
  if (item < choice.items.size()) {
    e.item_kind = choice.items[item].kind;
    e.place = choice.items[item].place;
  }
  return e;
}

std::uint32_t ChunkEvents::opened(Choice& choice, Event::Item kind, std::int64_t number,
                                  std::string_view member) {
  auto const item = find(choice, kind, number, member);
  if (item < choice.items.size()) return item;
  choice.known.emplace(Name<std::string>{kind, number, std::string{member}}, item);
  choice.items.push_back({kind, number, number < 0 ? 0 : static_cast<std::uint32_t>(number)});
  found_.push_back(event(Event::Kind::open, choice, item));
  return item;
}

void ChunkEvents::extra(At at, Choice const* choice, RawNode const& node, json::Member const& m,
                        std::uint32_t item) {
  Event e{Event::Kind::extra, choice ? static_cast<std::uint32_t>(choice->index) : 0, item};
  e.at = at;
  e.where = {m.key_span.begin, m.value.end};
  e.json = spelt(node, e.where);
  found_.push_back(e);
}

// An empty piece tells nothing, but it is a place where text that was held back may leave.
void ChunkEvents::text(Choice& choice, Event::Item kind, RawNode const& node, json::Member const& m,
                       std::string_view member) {
  auto item = find(choice, kind, kNone, member);
  if (choice.ended || (item == choice.items.size() && node.raw(m).size() <= 2)) return;
  item = opened(choice, kind, kNone, member);
  auto e = event(Event::Kind::text, choice, item);
  e.text = node.raw(m);
  e.where = m.value;
  if (!member.empty()) {
    e.name = key_of(node, m);
    e.name_where = m.key_span;
  }
  found_.push_back(e);
}

void ChunkEvents::chunk(RawNode const& root) {
  choices(root.child("choices"));
  members(root);
}

void ChunkEvents::choices(RawNode const& list) {
  std::int64_t place = 0;
  for (auto const& element : list.members()) {
    auto const one = list.child(element);
    auto const* at = one.find("index");
    choice(one, one.child("delta"), at ? count_of(one.raw(*at)).value_or(place) : place);
    ++place;
  }
}

void ChunkEvents::choice(RawNode const& node, RawNode const& in_delta, std::int64_t index) {
  auto& choice = known_choice(index);
  std::string_view finish;
  for (auto const& m : node.members()) {
    auto const raw = node.raw(m);
    if (m.key == "delta" && is_object(raw)) {
      delta(choice, in_delta);
    } else if (m.key == "logprobs") {
      if (is_null(raw)) continue;
      auto e = event(Event::Kind::logprobs, choice, 0);
      e.json = raw;
      e.where = m.value;
      found_.push_back(e);
    } else if (m.key == "finish_reason" && (is_string(raw) || is_null(raw))) {
      if (is_string(raw)) finish = raw;
    } else if (m.key != "index" && !(m.key == "delta" && is_null(raw))) {
      extra(At::choice, &choice, node, m);
    }
  }
  if (!finish.empty()) end(choice, finish);
}

void ChunkEvents::end(Choice& choice, std::string_view word) {
  if (std::exchange(choice.ended, true)) return;
  auto stop = event(Event::Kind::stop, choice, UINT32_MAX);
  stop.item = 0;
  stop.stop = stop_meant(text_of(word));
  bool const cut = stop.stop == conversation::Stop::length || stop.stop == conversation::Stop::context_full;
  for (std::uint32_t item = 0; item < choice.items.size(); ++item) {
    auto close = event(Event::Kind::close, choice, item);
    close.partial = cut && choice.items[item].number != kNone;
    found_.push_back(close);
  }
  found_.push_back(stop);
}

void ChunkEvents::delta(Choice& choice, RawNode const& delta) {
  for (auto const& m : delta.members()) {
    auto const raw = delta.raw(m);
    auto const* known = std::ranges::find(kTexts, m.key, &Known::member);
    bool const other = std::ranges::find(kOthers, m.key) != kOthers.end();
    if (is_null(raw) && (known != kTexts.end() || other)) continue;
    if (m.key == "role") {
      if (!spells(raw, "assistant")) extra(At::message, &choice, delta, m);
    } else if (is_string(raw)) {
      if (known != kTexts.end())
        text(choice, known->kind, delta, m, known->usual ? std::string_view{} : known->member);
      else
        text(choice, Event::Item::other, delta, m, m.key);
    } else if (m.key == "tool_calls" && is_array(raw)) {
      auto const list = delta.child(m);
      bool const calls =
          std::ranges::all_of(list.members(), [&](auto const& one) { return is_object(list.raw(one)); });
      if (!calls) extra(At::message, &choice, delta, m);
      if (calls)
        for (auto const& one : list.members()) call(choice, list.child(one));
    } else if (m.key == "function_call" && is_object(raw)) {
      bool const fresh = find(choice, Event::Item::call, kLegacy, {}) == choice.items.size();
      auto const item = opened(choice, Event::Item::call, kLegacy, {});
      body(choice, item, delta.child(m), fresh ? found_.size() - 1 : kNowhere);
    } else if (m.key == "audio" && is_object(raw)) {
      audio(choice, delta.child(m));
    } else if (m.key == "annotations" && is_array(raw)) {
      citations(choice, delta.child(m));
    } else {
      extra(At::message, &choice, delta, m);
    }
  }
}

void ChunkEvents::citations(Choice& choice, RawNode const& list) {
  if (list.empty()) return;
  auto const item = opened(choice, Event::Item::text, kNone, {});
  for (auto const& one : list.members()) {
    auto e = event(Event::Kind::citation, choice, item);
    e.json = list.raw(one);
    e.where = one.value;
    found_.push_back(e);
  }
}

void ChunkEvents::call(Choice& choice, RawNode const& call) {
  auto const number = count_of(call["index"]).value_or(0);
  auto const kind = is_object(call["custom"]) ? Event::Item::custom_call : Event::Item::call;
  bool const fresh = find(choice, kind, number, {}) == choice.items.size();
  auto const item = opened(choice, kind, number, {});
  auto const open = fresh ? found_.size() - 1 : kNowhere;
  for (auto const& m : call.members()) {
    auto const raw = call.raw(m);
    if (m.key == "index" && count_of(raw)) continue;
    if (m.key == "type" && (is_null(raw) || spells(raw, "function") || spells(raw, "custom"))) continue;
    if ((m.key == "id" || m.key == "function" || m.key == "custom") && is_null(raw)) continue;
    if (m.key == "id" && fresh && is_string(raw) && found_[open].id.empty()) {
      found_[open].id = raw;
      found_[open].id_where = m.value;
    } else if ((m.key == "function" || m.key == "custom") && is_object(raw)) {
      body(choice, item, call.child(m), open);
    } else {
      extra(At::call, &choice, call, m, item);
    }
  }
}

// A function or custom tool: its name comes once, as a rule.
void ChunkEvents::body(Choice& choice, std::uint32_t item, RawNode const& holder, std::size_t open) {
  bool named = open == kNowhere;
  bool const custom = choice.items[item].kind == Event::Item::custom_call;
  for (auto const& m : holder.members()) {
    auto const raw = holder.raw(m);
    if (m.key == "name" && is_string(raw) && !std::exchange(named, true)) {
      found_[open].name = raw;
      found_[open].name_where = m.value;
    } else if (m.key == (custom ? "input" : "arguments") && is_string(raw)) {
      auto e = event(Event::Kind::text, choice, item);
      e.text = raw;
      e.where = m.value;
      if (choice.items[item].number == kLegacy) e.name = kLegacyMember;
      found_.push_back(e);
    } else if (!(is_null(raw) && (m.key == "name" || m.key == "arguments" || m.key == "input"))) {
      extra(custom ? At::custom : At::function, &choice, holder, m, item);
    }
  }
}

void ChunkEvents::audio(Choice& choice, RawNode const& audio) {
  auto const item = opened(choice, Event::Item::audio, kNone, {});
  for (auto const& m : audio.members()) {
    if (m.key == "transcript" && is_string(audio.raw(m))) {
      auto e = event(Event::Kind::text, choice, item);
      e.text = audio.raw(m);
      e.where = m.value;
      found_.push_back(e);
    } else {
      extra(At::audio, &choice, audio, m, item);
    }
  }
}

void ChunkEvents::members(RawNode const& root, At at) {
  for (auto const& m : root.members())
    if (!of_protocol(m.key)) extra(at, nullptr, root, m);
}

void ChunkEvents::move(std::ptrdiff_t by) noexcept {
  if (by == 0) return;
  for (auto& e : found_)
    for (auto* span : {&e.where, &e.id_where, &e.name_where})
      if (span->size() != 0)
        *span = {span->begin + static_cast<std::size_t>(by), span->end + static_cast<std::size_t>(by)};
}

// `before`: bytes of the client's event before the text.
void ChunkEvents::add(Event event, std::size_t before, bool joined, EventBatch& out) const {
  event.joined = joined;
  for (auto* span : {&event.where, &event.id_where, &event.name_where})
    if (span->size() != 0) *span = {span->begin + before, span->end + before};
  event.text = text_in(out, event.text);
  event.id = text_in(out, event.id);
  event.name = text_in(out, event.name);
  if (event.kind == Event::Kind::extra) {
    auto* const object = out.room(event.json.size() + 2);
    object[0] = '{';
    std::memcpy(object + 1, event.json.data(), event.json.size());
    object[event.json.size() + 1] = '}';
    event.json = {object, event.json.size() + 2};
  }
  out.add(event);
}

void ChunkEvents::commit(std::string_view text, EventBatch& out) {
  if (found_.empty()) found_.emplace_back();
  auto const size = kData.size() + text.size() + kEnd.size();
  auto* const wire = out.room(size);
  std::memcpy(wire, kData.data(), kData.size());
  auto* const body = wire + kData.size();
  std::memcpy(body, text.data(), text.size());
  // A line feed in valid JSON is white space between tokens.
  std::replace(body, body + text.size(), '\n', ' ');
  std::memcpy(body + text.size(), kEnd.data(), kEnd.size());
  found_.front().wire = {wire, size};
  for (bool joined = false; auto const& e : found_) add(e, kData.size(), std::exchange(joined, true), out);
  found_.clear();
}

void ChunkEvents::commit_last(std::string_view text, std::size_t usage_end, EventBatch& out) {
  Event last{Event::Kind::last, 0};
  last.wire = text;
  if (usage_end != std::string_view::npos) last.where = {usage_end, usage_end};
  out.add(last);
  for (auto const& e : found_) add(e, 0, true, out);
  found_.clear();
}

std::optional<Event> ChunkEvents::of_call(std::int64_t choice, std::int64_t number) const {
  auto const known = std::ranges::find(choices_, choice, &Choice::index);
  if (known == choices_.end()) return std::nullopt;
  auto const item = find(*known, Event::Item::call, number, {});
  if (item == known->items.size()) return std::nullopt;
  return event(Event::Kind::text, *known, item);
}

}  // namespace tsg::providers
