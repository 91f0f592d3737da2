#include "providers/whole_stream.hpp"

#include <algorithm>
#include <array>

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
    auto const number = std::to_string(place++);
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

Result<> WholeStream::finish(std::string& out) {
  if (done_) return boost::system::in_place_value;
  auto const root = RawNode::parse(body_);
  if (!root) return broken_answer(root.error().message());
  if (auto id = name_of((*root)["id"]); !id.empty()) head_.id = std::move(id);
  head_.created = count_of((*root)["created"]).value_or(head_.created);
  for (auto const& m : root->members())
    if (std::ranges::find(kOfEachChunk, m.key) == kOfEachChunk.end())
      more_ += "," + body_.substr(m.key_span.begin, m.value.end - m.key_span.begin);
  if (answer_.usage.reported && is_object((*root)["usage"])) usage_ = (*root)["usage"];

  std::string ends;
  std::int64_t place = 0;
  auto const choices = root->child("choices");
  for (auto const& element : choices.members()) {
    auto const choice = choices.child(element);
    auto const index = count_of(choice["index"]).value_or(place);
    ++place;
    auto const delta = delta_of(choice["message"]);
    auto const logprobs = choice["logprobs"];
    output_bytes_ += static_cast<std::int64_t>(delta.size());
    append_chunk(out, head_, index, delta, "", include_usage_, logprobs.empty() ? "null" : logprobs);
    append_chunk(ends, head_, index, "{}", finish_reason(text_of(choice["finish_reason"])), include_usage_);
  }
  out += ends;
  body_ = {};
  done_ = true;
  return boost::system::in_place_value;
}

void WholeStream::adopt(catalog::Usage const& estimate) {
  if (answer_.usage.reported) return;
  auto tier = std::move(answer_.usage.service_tier);
  answer_.usage = estimate;
  answer_.usage.service_tier = std::move(tier);
  adopted_ = true;
}

std::string WholeStream::tail(std::string_view provider, std::optional<Nano> cost) const {
  if (!done_) return {};
  auto chunk = usage_chunk(head_, usage_);
  chunk.body.insert(chunk.body.size() - 1, more_);  // behind usage: its place stays
  return stream_tail(chunk, answer_.usage, answer_.usage.reported || adopted_, include_usage_, provider,
                     cost);
}

}  // namespace tsg::providers
