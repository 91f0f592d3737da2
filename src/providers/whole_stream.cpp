#include "providers/whole_stream.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "providers/chunk_events.hpp"
#include "providers/error_shape.hpp"
#include "providers/whole.hpp"

namespace tsg::providers {
namespace {

// Members of an answer that chunks have too, or that have their own place in the usage chunk.
constexpr std::array<std::string_view, 8> kOfEachChunk{
    "id", "object", "created", "model", "choices", "usage", "service_tier", "system_fingerprint"};

// A message as a delta: calls need their place.
std::string delta_of(std::string_view message) {
  auto const node = RawNode::parse(message);
  auto const* list = node ? node->find("tool_calls") : nullptr;
  if (list == nullptr) return std::string{message};
  json::Edits edits;
  std::int64_t place = 0;
  auto const calls = node->child(*list);
  for (auto const& call : calls.members()) {
    auto const number = std::to_string(place++);
    if (auto const* index = calls.child(call).find("index"))
      edits.replace(index->value, number);
    else
      edits.append_member(message, call.value, "index", number);
  }
  return edits.apply(message);
}

// A choice's items as events.
class ItemEvents {
 public:
  ItemEvents(std::uint32_t choice, EventBatch& out) : choice_{choice}, out_{out} {}
  using Event = conversation::Event;

  Event& put(Event::Kind kind) { return out_.add(Event{kind, choice_, item_}); }
  // `citations` rest on it. How many bytes of text it has.
  std::int64_t item(WholeItem const& item, std::vector<std::string> const& citations) {
    bool const call = conversation::is_call(item);
    auto& open = told(Event::Kind::open, item);
    open.id = out_.keep(item.id);
    open.name = out_.keep(item.name);
    if (!item.text.empty()) {
      auto& text = told(Event::Kind::text, item);
      text.text = out_.keep(item.text);
      text.joined = call;
    }
    if (!item.extra.empty()) {
      auto& extra = told(Event::Kind::extra, item);
      extra.at = Event::At::call;
      extra.json = out_.keep("{" + item.extra.substr(1) + "}");
      extra.joined = true;
    }
    bool joined = false;
    for (auto const& one : citations) {
      auto& event = told(Event::Kind::citation, item);
      event.json = out_.keep(one);
      event.joined = std::exchange(joined, true);
    }
    if (!item.sealed.empty()) told(Event::Kind::seal, item).text = out_.keep(item.sealed);
    told(Event::Kind::close, item).partial = item.partial;
    ++item_;
    calls_ += call;
    return static_cast<std::int64_t>(item.name.size() + item.text.size());
  }
  void members(std::string_view members, Event::At at) {
    if (members.empty()) return;
    auto& event = put(Event::Kind::extra);
    event.at = at;
    event.json = out_.keep("{" + std::string{members.substr(1)} + "}");
  }

 private:
  Event& told(Event::Kind kind, WholeItem const& item) {
    auto& event = put(kind);
    event.item_kind = item.kind;
    event.place = calls_;
    return event;
  }

  std::uint32_t choice_, item_ = 0, calls_ = 0;
  EventBatch& out_;
};

}  // namespace

WholeStream::WholeStream(DecodeContext const& context, Answer answer)
    : answer_{std::move(answer)}, include_usage_{context.include_usage} {
  head_.id = context.id;
  head_.model = answer_.model;
  head_.created = context.created;
}

Result<> WholeStream::finish(EventBatch& out) {
  if (done_) return boost::system::in_place_value;
  if (!answer_.verbatim)
    items(out);
  else if (auto told = own(out); !told)
    return told;
  done_ = true;
  answer_.choices.clear();
  answer_.verbatim.reset();
  return boost::system::in_place_value;
}

void WholeStream::items(EventBatch& out) {
  using Told = conversation::Event::Kind;
  conversation::Event head{Told::head, 0};
  head.name = head_.model;
  out.add(head);
  std::uint32_t number = 0;
  for (auto const& choice : answer_.choices) {
    ItemEvents events{number++, out};
    // Sources rest on the whole text: they are told with the last of it.
    auto const last =
        std::ranges::find(choice.items.rbegin(), choice.items.rend(), ItemKind::text, &WholeItem::kind);
    static std::vector<std::string> const none;
    for (auto const& item : choice.items)
      output_bytes_ +=
          events.item(item, last != choice.items.rend() && &item == &*last ? choice.citations : none);
    if (last == choice.items.rend() && !choice.citations.empty())
      events.item({ItemKind::text, ""}, choice.citations);
    events.members(choice.extra, conversation::Event::At::message);
    if (!choice.logprobs.empty()) events.put(Told::logprobs).json = out.keep(choice.logprobs);
  }
  number = 0;
  for (auto const& choice : answer_.choices) ItemEvents{number++, out}.put(Told::stop).stop = choice.stop;
  ItemEvents{0, out}.members(answer_.extra, conversation::Event::At::ending);
}

Result<> WholeStream::own(EventBatch& out) {
  auto const& body = answer_.verbatim->body;
  auto const root = RawNode::parse(body);
  if (!root) return broken_answer(root.error().message());
  if (auto id = name_of((*root)["id"]); !id.empty()) head_.id = std::move(id);
  head_.created = count_of((*root)["created"]).value_or(head_.created);
  conversation::Event head{conversation::Event::Kind::head, 0};
  head.id = head_.id;
  head.name = head_.model;
  head.created = head_.created;
  out.add(head);

  ChunkEvents events;
  auto const put = [&](std::int64_t index, std::string_view delta, std::string_view finish,
                       std::string_view logprobs) {
    auto const text = chunk_of(head_, index, delta, finish, include_usage_, logprobs);
    if (auto const chunk = RawNode::parse(text)) events.chunk(*chunk);
    events.commit(text, out);
  };
  auto const choices = root->child("choices");
  std::int64_t place = 0;
  for (auto const& element : choices.members()) {
    auto const choice = choices.child(element);
    auto const index = count_of(choice["index"]).value_or(place);
    ++place;
    auto const delta = delta_of(choice["message"]);
    auto const logprobs = choice["logprobs"];
    output_bytes_ += static_cast<std::int64_t>(delta.size());
    put(index, delta, "", logprobs.empty() ? "null" : logprobs);
  }
  place = 0;
  for (auto const& element : choices.members()) {
    auto const choice = choices.child(element);
    auto const index = count_of(choice["index"]).value_or(place);
    ++place;
    put(index, "{}", finish_reason(text_of(choice["finish_reason"])), "null");
  }

  std::string more;
  for (auto const& m : root->members())
    if (std::ranges::find(kOfEachChunk, m.key) == kOfEachChunk.end())
      more += "," + body.substr(m.key_span.begin, m.value.end - m.key_span.begin);
  auto last = usage_chunk(
      head_, answer_.usage.reported && is_object((*root)["usage"]) ? (*root)["usage"] : std::string_view{});
  last.body.insert(last.body.size() - 1, more);  // behind usage: its place stays
  if (auto const chunk = RawNode::parse(last.body)) events.members(*chunk, conversation::Event::At::ending);
  events.commit_last(last.body, last.usage_end, out);
  return boost::system::in_place_value;
}

}  // namespace tsg::providers
