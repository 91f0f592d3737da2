// Strict where a wrong type would change the meaning, silent on what we do not know: SDK users pass
// extra_body, and providers grow fields faster than gateways.
#include "tsg/surfaces/read.hpp"

#include <simdjson.h>

#include <array>

#include "surfaces/chat/items.hpp"
#include "surfaces/chat/messages.hpp"
#include "surfaces/chat/tools.hpp"
#include "surfaces/common.hpp"
#include "tsg/conversation/feature.hpp"

namespace tsg::surfaces {
namespace chat {
namespace {

constexpr std::int64_t kTokensMax = 1'000'000'000;  // times n = 128 still far from overflow

struct Typed {
  std::string_view key;
  Kind kind;
};
// Members whose type is checked and whose value is the provider's business (§1.2).
constexpr std::array kTyped{
    Typed{"temperature", Kind::number},
    Typed{"top_p", Kind::number},
    Typed{"frequency_penalty", Kind::number},
    Typed{"presence_penalty", Kind::number},
    Typed{"seed", Kind::integer},
    Typed{"top_logprobs", Kind::integer},
    Typed{"stop", Kind::text_or_list},
    Typed{"logit_bias", Kind::object},
    Typed{"tool_choice", Kind::text_or_object},
    Typed{"function_call", Kind::text_or_object},
    Typed{"parallel_tool_calls", Kind::boolean},
    Typed{"store", Kind::boolean},
    Typed{"metadata", Kind::object},
    Typed{"prediction", Kind::object},
    Typed{"verbosity", Kind::text},
    Typed{"safety_identifier", Kind::text},
    Typed{"prompt_cache_key", Kind::text},
    Typed{"audio", Kind::object},
};

// Function and custom tools are ours to translate; any other kind runs at the provider.
Result<> read_tools(Prompt& r, dom::object root) {
  for (std::string_view const name : {"tools", "functions"}) {
    dom::element v;
    if (!present(root, name, v)) continue;
    dom::array list;
    if (v.get(list) != simdjson::SUCCESS) return wrong(std::string{name}, "must be an array");
    bool const beside_tools = r.tools;
    std::size_t i = 0;
    for (auto const element : list) {
      auto const at = indexed(name, i++);
      dom::object tool;
      std::string_view type, text;
      if (element.get(tool) != simdjson::SUCCESS) return wrong(at, "must be an object");
      r.tools = true;
      if (name == "functions") {
        if (tool["name"].get(text) != simdjson::SUCCESS) return wrong(at + ".name", "must be a string");
        continue;
      }
      if (tool["type"].get(type) != simdjson::SUCCESS) return wrong(at + ".type", "must be a string");
      if (type != "function" && type != "custom") {
        r.server_tools = true;
        continue;
      }
      auto const inner = at + "." + std::string{type};
      dom::element strict;
      if (tool[type]["name"].get(text) != simdjson::SUCCESS)
        return wrong(inner + ".name", "must be a string");
      if (tool[type]["strict"].get(strict) == simdjson::SUCCESS && !strict.is_null() && !strict.is_bool())
        return wrong(inner + ".strict", "must be a boolean");
    }
    r.legacy_functions = name == "functions" && i > 0 && !beside_tools;
    count_raw(r, name);
  }
  return boost::system::in_place_value;
}

Result<> read_search(Prompt& r, dom::object root) {
  dom::element v;
  if (!present(root, "web_search_options", v)) return boost::system::in_place_value;
  dom::object options;
  if (v.get(options) != simdjson::SUCCESS) return wrong("web_search_options", "must be an object");
  r.server_tools = true;
  return read_text(options, "web_search_options.", "search_context_size", r.search_context);
}

Result<> read_format(Prompt& r, dom::object root) {
  dom::element v;
  if (!present(root, "response_format", v)) return boost::system::in_place_value;
  dom::object format, schema;
  std::string_view type;
  if (v.get(format) != simdjson::SUCCESS) return wrong("response_format", "must be an object");
  if (format["type"].get(type) != simdjson::SUCCESS) return wrong("response_format.type", "must be a string");
  r.json_schema = type == "json_schema";
  r.json_object = type == "json_object";
  if (r.json_schema && format["json_schema"].get(schema) != simdjson::SUCCESS)
    return wrong("response_format.json_schema", "must be an object");
  count_raw(r, "response_format");
  return boost::system::in_place_value;
}

Result<> read_stream(Prompt& r, dom::object root) {
  if (auto read = read_bool(root, "", "stream", r.stream); !read) return read;
  dom::element v;
  if (!present(root, "stream_options", v)) return boost::system::in_place_value;
  dom::object options;
  if (v.get(options) != simdjson::SUCCESS) return wrong("stream_options", "must be an object");
  if (!r.stream) return wrong("stream_options", "is only allowed together with stream: true");
  return read_bool(options, "stream_options.", "include_usage", r.include_usage);
}

Result<> read_modalities(Prompt& r, dom::object root) {
  dom::element v;
  if (!present(root, "modalities", v)) return boost::system::in_place_value;
  dom::array list;
  if (v.get(list) != simdjson::SUCCESS) return wrong("modalities", "must be an array");
  for (auto const element : list) {
    std::string_view word;
    if (element.get(word) != simdjson::SUCCESS) return wrong("modalities", "must be an array of strings");
    r.audio_out |= word == "audio";
  }
  return boost::system::in_place_value;
}

// Normalized mode. Strict, null included: a `system` that is not taken would change every answer.
Result<> read_system(Prompt& r, dom::object root) {
  dom::element v;
  if (root["system"].get(v) != simdjson::SUCCESS) return boost::system::in_place_value;
  std::string_view text;
  if (v.get(text) != simdjson::SUCCESS) return wrong("system", "must be a string");
  r.system = std::string{text};
  r.text_bytes += text.size();
  r.normalized = true;
  return boost::system::in_place_value;
}

// Two limits that differ would be one to us and the other to some server; OpenAI refuses both at once.
Result<> read_limits(Prompt& r, dom::object root) {
  std::optional<std::int64_t> completion, legacy, n;
  if (auto read = read_integer(root, "max_completion_tokens", 1, kTokensMax, completion); !read) return read;
  if (auto read = read_integer(root, "max_tokens", 1, kTokensMax, legacy); !read) return read;
  if (completion && legacy && *completion != *legacy)
    return wrong("max_tokens", "must not differ from 'max_completion_tokens'");
  if (auto read = read_integer(root, "n", 1, 128, n); !read) return read;
  r.max_tokens = completion ? completion : legacy;
  r.n = n.value_or(1);
  return boost::system::in_place_value;
}

Result<> read_facts(Prompt& r, dom::object root) {
  using Step = Result<> (*)(Prompt&, dom::object);
  for (Step const step :
       {Step{read_model}, Step{read_system}, Step{read_messages}, Step{read_stream}, Step{read_limits},
        Step{read_tools}, Step{read_search}, Step{read_format}, Step{read_modalities}})
    if (auto read = step(r, root); !read) return read;
  for (auto const& typed : kTyped)
    if (auto ok = check_kind(root, "", typed.key, typed.kind); !ok) return ok;
  if (auto read = read_bool(root, "", "logprobs", r.logprobs); !read) return read;
  if (auto read = read_text(root, "", "reasoning_effort", r.reasoning_effort); !read) return read;
  if (auto read = read_text(root, "", "service_tier", r.service_tier); !read) return read;
  if (auto read = read_text(root, "", "user", r.user); !read) return read;
  r.include_usage |= r.normalized && r.stream;
  dom::element v;
  r.audio_out |= present(root, "audio", v);
  count_raw(r, "prediction");
  return boost::system::in_place_value;
}

}  // namespace
}  // namespace chat

Result<Prompt> read_chat(std::string body, json::Limits const& limits) {
  auto document = json::Document::parse(std::move(body), limits);
  if (!document) return document.error();
  Prompt prompt{std::move(*document)};
  if (auto const done = chat::read_facts(prompt, prompt.document.root()); !done) return done.error();
  prompt.wishes = conversation::wishes_of(prompt.surface, prompt.document);
  chat::take_items(prompt);
  chat::take_tools(prompt);
  chat::take_form(prompt);
  return Result<Prompt>{boost::system::in_place_value, std::move(prompt)};
}

}  // namespace tsg::surfaces
