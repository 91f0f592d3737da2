#include <charconv>
#include <cmath>

#include "providers/openai/mend.hpp"
#include "tsg/json/writer.hpp"

namespace tsg::providers::openai {
namespace {

// The root object: the text may have blanks around it.
json::Span root_span(RawNode const& root) noexcept {
  return {root.text().find('{'), root.text().rfind('}') + 1};
}

void put_member(json::Edits& edits, RawNode const& node, json::Span span, std::string_view key,
                std::string value) {
  if (auto const* m = node.find(key)) {
    if (node.raw(*m) != value) edits.replace(m->value, std::move(value));
  } else {
    edits.append_member(node.text(), span, key, value);
  }
}

bool some_text(std::string_view raw) noexcept {
  return is_string(raw) && raw.size() > 2;
}
bool says_just(std::string_view raw, std::string_view text) noexcept {
  return is_string(raw) && raw.substr(1, raw.size() - 2) == text;
}

// A count spelt as a fraction without one ("16.0").
void put_whole(json::Edits& edits, RawNode const& node, json::Member const& m) {
  auto const raw = node.raw(m);
  auto const n = count_of(raw);
  if (n && raw.find('.') != std::string_view::npos) edits.replace(m.value, std::to_string(*n));
}

}  // namespace

std::optional<std::int64_t> seconds_of(std::string_view raw) noexcept {
  if (is_string(raw)) raw = raw.substr(1, raw.size() - 2);
  double value = 0;
  auto const [end, ec] = std::from_chars(raw.data(), raw.data() + raw.size(), value);
  if (raw.empty() || ec != std::errc{} || end != raw.data() + raw.size() || !(value >= 0)) return {};
  // Seconds pass 10^11 in the year 5138; milli-, micro- and nanoseconds of our days lie beyond it.
  constexpr double most = 1e11;
  for (int unit = 0; value >= most && unit < 3; ++unit) value /= 1000;
  if (value >= most) return {};
  return static_cast<std::int64_t>(std::floor(value));
}

void mend_root(json::Edits& edits, RawNode const& root, std::string_view object, ChunkHead const& head) {
  auto const span = root_span(root);
  if (!says_just(root["id"], head.id)) put_member(edits, root, span, "id", json::quoted(head.id));
  if (!says_just(root["object"], object)) put_member(edits, root, span, "object", json::quoted(object));
  put_member(edits, root, span, "created", std::to_string(head.created));
  if (!some_text(root["model"])) put_member(edits, root, span, "model", json::quoted(head.model));
}

void put_root_member(json::Edits& edits, RawNode const& root, std::string_view key, std::string value) {
  put_member(edits, root, root_span(root), key, std::move(value));
}

void mend_counts(json::Edits& edits, RawNode const& usage, Operation operation) {
  if (usage.empty()) return;
  // Of a node within a text: its members lie between its brackets.
  auto const close = usage.text().find('}', usage.members().back().value.end);
  json::Span const span{usage.members().front().key_span.begin - 1, close + 1};
  for (auto const& m : usage.members()) {
    if (m.key == "prompt_tokens" || m.key == "completion_tokens") put_whole(edits, usage, m);
    if (m.key != "prompt_tokens_details" && m.key != "completion_tokens_details") continue;
    auto const details = usage.child(m);
    for (auto const& d : details.members()) put_whole(edits, details, d);
    if (!is_object(usage.raw(m)) && !is_null(usage.raw(m))) edits.replace(m.value, "null");
  }
  auto const prompt = count_of(usage["prompt_tokens"]), total = count_of(usage["total_tokens"]);
  auto const whole = prompt.value_or(total.value_or(0)) + count_of(usage["completion_tokens"]).value_or(0);
  if (!prompt && operation == Operation::embeddings)
    put_member(edits, usage, span, "prompt_tokens", std::to_string(whole));
  if (!total || usage["total_tokens"].find('.') != std::string_view::npos)
    put_member(edits, usage, span, "total_tokens", std::to_string(total.value_or(whole)));
}

}  // namespace tsg::providers::openai
