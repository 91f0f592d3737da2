#include "providers/whole_stream.hpp"

#include <algorithm>
#include <array>

#include "providers/chunk_events.hpp"
#include "providers/compose.hpp"
#include "providers/error_shape.hpp"

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
    auto const number = std::to_string(place);
    if (auto const* index = calls.child(call).find("index"))
      edits.replace(index->value, number);
    else
      edits.append_member(message, call.value, "index", number);
  }
  return edits.apply(message);
}

}  // namespace

WholeStream::WholeStream(DecodeContext const& context, Answer answer)
    : answer_{std::move(answer)}, include_usage_{context.include_usage} {
  auto composed = answer_.verbatim ? Shaped{} : compose(context, answer_);
  body_ = answer_.verbatim ? std::move(answer_.verbatim->body) : std::move(composed.body);
  head_.id = context.id;
  head_.model = answer_.model;
  head_.created = context.created;
}

Result<> WholeStream::finish(EventBatch& out) {
  if (done_) return boost::system::in_place_value;
  auto const root = RawNode::parse(body_);
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
      more += "," + body_.substr(m.key_span.begin, m.value.end - m.key_span.begin);
  auto last = usage_chunk(
      head_, answer_.usage.reported && is_object((*root)["usage"]) ? (*root)["usage"] : std::string_view{});
  last.body.insert(last.body.size() - 1, more);  // behind usage: its place stays
  if (auto const chunk = RawNode::parse(last.body)) events.members(*chunk, conversation::Event::At::ending);
  events.commit_last(last.body, last.usage_end, out);
  body_ = {};
  done_ = true;
  return boost::system::in_place_value;
}

}  // namespace tsg::providers
