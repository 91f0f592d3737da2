// Span edits of the client's body (JSON-5): key order and the spelling of numbers decide provider cache hits.
// Members that we do not know go on as they are; this is the client's own dialect.
#include <algorithm>

#include "providers/openai/adapter.hpp"
#include "providers/tool_names.hpp"
#include "tsg/core/bytes.hpp"
#include "tsg/json/writer.hpp"

namespace tsg::providers::openai {
namespace {

// Reasoning models refuse max_tokens (§1.9). Ids are parsed, not listed: names change monthly. Servers that
// merely speak the dialect may know nothing but max_tokens.
bool wants_completion_limit(EncodeContext const& context) noexcept {
  if (context.model && context.model->capabilities.reasoning) return true;
  std::string_view const id = context.upstream_model;
  if (id.starts_with("gpt-") && id.size() > 4 && is_digit(id[4]))
    return id[4] >= '5' || (id.size() > 5 && is_digit(id[5]));  // gpt-5 and later, gpt-10 and later
  return id.size() > 1 && id[0] == 'o' && is_digit(id[1]);
}

json::Span root_of(std::string_view text) {
  return {text.find('{'), text.rfind('}') + 1};
}

// The top-level `system` becomes the first message, spelled as the client spelled it.
void move_system(json::Edits& edits, json::Document const& d) {
  auto const* system = d.find("system");
  auto const* messages = d.find("messages");
  if (!system || !messages) return;
  std::string first = R"({"role":"system","content":)";
  first += d.raw(system->value);
  bool const alone = d.raw(messages->value).find('{') == std::string_view::npos;
  first += alone ? "}" : "},";
  edits.insert(messages->value.begin + 1, std::move(first));
  edits.erase_member(d.text(), *system);
}

// Usage is always asked for (SSE-7); the decoder takes it out again for clients that did not.
void ask_for_usage(json::Edits& edits, json::Document const& d) {
  auto const* options = d.find("stream_options");
  if (!options)
    return edits.append_member(d.text(), root_of(d.text()), "stream_options", R"({"include_usage":true})");
  if (!is_object(d.raw(options->value))) return edits.replace(options->value, R"({"include_usage":true})");
  auto const inner = json::scan_children(d.text(), options->value);
  if (inner)
    for (auto const& m : inner->members)
      if (m.key == "include_usage") {
        if (d.raw(m.value) != "true") edits.replace(m.value, "true");
        return;
      }
  edits.append_member(d.text(), options->value, "include_usage", "true");
}

// The limit that the hold was made for goes upstream (BUD-3); a lower one of the client stays.
// One spelled 1e3 was read as 1000, and is sent so: not every server takes it.
void limit_output(json::Edits& edits, ChatRequest const& request, EncodeContext const& context) {
  auto const& d = request.document;
  bool const completion = wants_completion_limit(context);
  auto const limit = context.output_limit;
  bool given = false;
  for (auto const* name : {"max_completion_tokens", "max_tokens"}) {
    auto const* m = d.find(name);
    if (!m || is_null(d.raw(m->value)) || !request.max_tokens) continue;
    auto const written = count_of(d.raw(m->value));
    auto const value = written.value_or(*request.max_tokens);  // a policy may have lowered what was read
    auto const* twin = d.find("max_completion_tokens");
    if (completion && m->key == "max_tokens") {
      if (given) {  // both, and equal: the reader lets nothing else through
        edits.erase_member(d.text(), *m);
        continue;
      }
      if (twin) edits.erase_member(d.text(), *twin);  // null
      edits.replace(m->key_span, "\"max_completion_tokens\"");
    }
    given = true;
    if ((limit && value > *limit) || !written)
      edits.replace(m->value, std::to_string(limit ? std::min(value, *limit) : value));
  }
  if (given || !limit) return;
  std::string_view const name = completion ? "max_completion_tokens" : "max_tokens";
  if (auto const* null = d.find(name))
    edits.replace(null->value, std::to_string(*limit));
  else
    edits.append_member(d.text(), root_of(d.text()), name, std::to_string(*limit));
}

// OpenAI takes ids of 40 bytes at most; some servers make longer ones, and their histories come along.
constexpr std::size_t kCallIdLongest = 40;

void shorten_ids(json::Edits& edits, json::Document const& d) {
  auto const* list = d.find("messages");
  auto spans = json::scan_children(d.text(), list->value);
  if (!spans) return;
  RawNode const messages{d.text(), std::move(*spans)};
  auto const shorten = [&](RawNode const& node, std::string_view key) {
    auto const* m = node.find(key);
    auto const id = m ? text_of(node.raw(*m)) : std::string{};
    if (id.size() > kCallIdLongest) edits.replace(m->value, json::quoted(short_id(id, kCallIdLongest)));
  };
  for (auto const& element : messages.members()) {
    auto const message = messages.child(element);
    shorten(message, "tool_call_id");
    auto const calls = message.child("tool_calls");
    for (auto const& call : calls.members()) shorten(calls.child(call), "id");
  }
}

UpstreamRequest finish(ChatRequest const& request, EncodeContext const& context, json::Edits& edits) {
  auto const& d = request.document;
  if (request.model != context.upstream_model)
    edits.replace(d.find("model")->value, json::quoted(context.upstream_model));
  UpstreamRequest out;
  out.body = edits.empty() ? std::string{d.text()} : edits.apply(d.text());
  return out;
}

}  // namespace

Result<UpstreamRequest> encode_chat(ChatRequest const& request, EncodeContext const& context,
                                    json::Edits edits) {
  if (request.normalized) move_system(edits, request.document);
  if (request.stream) ask_for_usage(edits, request.document);
  limit_output(edits, request, context);
  if (request.call_id_longest > kCallIdLongest && context.model && context.model->provider == "openai")
    shorten_ids(edits, request.document);
  auto out = finish(request, context, edits);
  out.wire = Wire::chat;
  out.path = "/chat/completions";
  out.stream = request.stream;
  return out;
}

Result<UpstreamRequest> encode_embeddings(ChatRequest const& request, EncodeContext const& context) {
  json::Edits edits;
  auto out = finish(request, context, edits);
  out.wire = Wire::embeddings;
  out.path = "/embeddings";
  return out;
}

}  // namespace tsg::providers::openai
