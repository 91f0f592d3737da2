#include "providers/fold.hpp"

#include <algorithm>
#include <array>

#include "providers/error_shape.hpp"

namespace tsg::providers {
namespace {

constexpr std::array<std::string_view, 9> kTopOfChunk{
    "id", "object", "created", "model", "choices", "usage", "error", "service_tier", "system_fingerprint"};

std::string_view inside(std::string_view list) noexcept {  // of an array that is not empty
  return list.substr(1, list.size() - 2);
}

void add_elements(std::string& to, std::string_view list) {
  if (!is_array(list) || inside(list).find_first_not_of(" \t\r\n") == std::string_view::npos) return;
  to += to.empty() ? "" : ",";
  to += inside(list);
}

}  // namespace

Fold::Fold(ProviderAdapter const& adapter, DecodeContext const& context)
    : adapter_{adapter}, context_{context} {
  auto asked = context;
  asked.include_usage = true;  // so that the tail has what stands beside it
  decoder_ = adapter_.stream_decoder(asked);
  // Done by the decoder already.
  context_.renamed.clear();
  context_.stops.clear();
}

// Line by line, to see whether usage was told while the answer went on.
Result<> Fold::read(std::string_view body) {
  bool counted = false;
  while (!body.empty()) {
    auto const line = body.substr(0, std::min(body.find('\n'), body.size() - 1) + 1);
    body.remove_prefix(line.size());
    auto const before = decoder_->output_bytes();
    auto fed = decoder_->feed(line, events_);
    if (!fed) return fed;
    running_ |= counted && decoder_->output_bytes() > before;
    counted = decoder_->usage().reported;
  }
  return decoder_->finish(events_);
}

catalog::Usage Fold::told() const {
  auto usage = decoder_->usage();
  if (running_ && !decoder_->usage_final()) usage.reported = false;
  return usage;
}

Result<Answer> Fold::answer(std::string_view body) {
  if (auto done = read(body); !done) return done.error();
  events_ += decoder_->tail("", std::nullopt);
  std::string_view rest = events_;
  while (!rest.empty()) {
    auto const event = rest.substr(0, std::min(rest.find("\n\n"), rest.size()));
    rest.remove_prefix(std::min(event.size() + 2, rest.size()));
    if (!event.starts_with("data: {")) continue;
    if (auto const root = RawNode::parse(event.substr(6))) chunk(*root);
  }
  std::vector<WholeChoice> choices;
  for (auto& [index, gathered] : choices_) {
    auto& choice = gathered.choice;
    if (!gathered.logprobs.empty())
      choice.logprobs = "{\"content\":[" + gathered.logprobs + "],\"refusal\":null}";
    for (auto const& [name, elements] : gathered.lists)
      choice.extra += ",\"" + name + "\":[" + elements + "]";
    for (auto const& [name, value] : gathered.more) choice.extra += ",\"" + name + "\":" + value;
    choices.push_back(whole(std::move(choice)));
  }
  if (choices.empty()) return broken_answer("events without an answer");
  auto out = whole_answer(context_, std::move(choices), decoder_->usage(), decoder_->model(),
                          decoder_->upstream_id(), more_);
  out.id = context_.id;
  out.created = context_.created;
  out.memos = decoder_->take_memos();
  return out;
}

void Fold::chunk(RawNode const& root) {
  if (!identified_) {
    if (auto id = name_of(root["id"]); !id.empty()) context_.id = std::move(id);
    context_.created = count_of(root["created"]).value_or(context_.created);
    identified_ = true;
  }
  auto const choices = root.child("choices");
  if (choices.empty())  // the usage chunk: what else stands in it belongs to the whole answer
    for (auto const& m : root.members())
      if (m.key != "provider" && std::ranges::find(kTopOfChunk, m.key) == kTopOfChunk.end())
        more_ += "," + std::string{root.text().substr(m.key_span.begin, m.value.end - m.key_span.begin)};
  for (auto const& element : choices.members()) {
    auto const choice = choices.child(element);
    auto& to = choices_[count_of(choice["index"]).value_or(0)];
    delta(choice.child("delta"), to);
    if (auto const logprobs = choice.child("logprobs"); !logprobs.empty())
      add_elements(to.logprobs, logprobs["content"]);
    if (auto word = text_of(choice["finish_reason"]); !word.empty()) to.choice.finish = std::move(word);
  }
}

void Fold::delta(RawNode const& delta, Gathered& to) {
  for (auto const& m : delta.members()) {
    auto const raw = delta.raw(m);
    if (m.key == "role" || is_null(raw)) continue;
    if (m.key == "content" && is_string(raw)) {
      to.choice.content += text_of(raw);
    } else if (m.key == "refusal" && is_string(raw)) {
      to.choice.refusal += text_of(raw);
    } else if (m.key == "reasoning_content" || m.key == "reasoning") {
      to.choice.reasoning += text_of(raw);
    } else if (m.key == "tool_calls" && is_array(raw)) {
      auto const calls = delta.child(m);
      for (auto const& one : calls.members()) call(calls.child(one), to);
    } else if (m.key == "function_call") {
      auto const legacy = delta.child(m);
      if (to.choice.calls.empty()) to.choice.calls.emplace_back("", "", "");
      to.choice.calls.front().name += text_of(legacy["name"]);
      to.choice.calls.front().arguments += text_of(legacy["arguments"]);
    } else if (m.key == "annotations" && is_array(raw)) {
      auto const list = delta.child(m);
      for (auto const& one : list.members()) to.choice.annotations.emplace_back(list.raw(one));
    } else if (is_array(raw)) {
      add_elements(to.lists[std::string{m.key}], raw);
    } else {
      to.more[std::string{m.key}] = raw;
    }
  }
}

void Fold::call(RawNode const& call, Gathered& to) {
  auto const index = count_of(call["index"]).value_or(0);
  auto const [at, fresh] = to.calls.try_emplace(index, to.choice.calls.size());
  if (fresh) to.choice.calls.emplace_back("", "", "");
  auto& one = to.choice.calls[at->second];
  if (one.id.empty()) one.id = text_of(call["id"]);
  for (auto const& m : call.members()) {
    if (m.key == "function" || m.key == "custom") {
      auto const body = call.child(m);
      one.custom = m.key == "custom";
      one.name += text_of(body["name"]);
      one.arguments += text_of(body[one.custom ? "input" : "arguments"]);
    } else if (m.key != "index" && m.key != "id" && m.key != "type") {
      one.extra += "," + std::string{call.text().substr(m.key_span.begin, m.value.end - m.key_span.begin)};
    }
  }
}

}  // namespace tsg::providers
