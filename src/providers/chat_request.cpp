// Strict where a wrong type would change the meaning, silent on what we do not know: SDK users pass
// extra_body, and providers grow fields faster than gateways.
#include "tsg/providers/chat_request.hpp"

#include <simdjson.h>

#include <algorithm>
#include <array>

#include "providers/read_fields.hpp"
#include "providers/read_messages.hpp"
#include "tsg/conversation/feature.hpp"

namespace tsg::providers {
namespace {

constexpr std::int64_t kTokensMax = 1'000'000'000;  // times n = 128 still far from overflow
constexpr std::size_t kModelMax = 256;
constexpr std::size_t kInputsMax = 2048;  // of one embeddings call (wire reference §3.1)

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

void count_raw(ChatRequest& r, std::string_view key) {
  if (auto const* m = r.document.find(key)) r.text_bytes += m->value.size();
}

// Function and custom tools are ours to translate; any other kind runs at the provider.
Result<> read_tools(ChatRequest& r, dom::object root) {
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

Result<> read_search(ChatRequest& r, dom::object root) {
  dom::element v;
  if (!present(root, "web_search_options", v)) return boost::system::in_place_value;
  dom::object options;
  if (v.get(options) != simdjson::SUCCESS) return wrong("web_search_options", "must be an object");
  r.server_tools = true;
  return read_text(options, "web_search_options.", "search_context_size", r.search_context);
}

Result<> read_format(ChatRequest& r, dom::object root) {
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

Result<> read_stream(ChatRequest& r, dom::object root) {
  if (auto read = read_bool(root, "", "stream", r.stream); !read) return read;
  dom::element v;
  if (!present(root, "stream_options", v)) return boost::system::in_place_value;
  dom::object options;
  if (v.get(options) != simdjson::SUCCESS) return wrong("stream_options", "must be an object");
  if (!r.stream) return wrong("stream_options", "is only allowed together with stream: true");
  return read_bool(options, "stream_options.", "include_usage", r.include_usage);
}

Result<> read_modalities(ChatRequest& r, dom::object root) {
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

Result<> read_model(ChatRequest& r, dom::object root) {
  std::string_view model;
  dom::element v;
  if (root["model"].get(v) != simdjson::SUCCESS) return wrong("model", "is required");
  if (v.get(model) != simdjson::SUCCESS || model.empty()) return wrong("model", "must be a non-empty string");
  if (model.size() > kModelMax) return wrong("model", "is longer than 256 bytes");
  auto const blank = [](char c) { return static_cast<unsigned char>(c) <= 0x20 || c == 0x7f; };
  if (std::ranges::any_of(model, blank))
    return wrong("model", "must not contain blanks or control characters");
  r.model = model;
  return boost::system::in_place_value;
}

// Normalized mode. Strict, null included: a `system` that is not taken would change every answer.
Result<> read_system(ChatRequest& r, dom::object root) {
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
Result<> read_limits(ChatRequest& r, dom::object root) {
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

Result<> read_chat(ChatRequest& r, dom::object root) {
  for (auto const step : {read_model, read_system, read_messages, read_stream, read_limits, read_tools,
                          read_search, read_format, read_modalities})
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

bool embeddable(dom::element input) {
  if (input.is_string()) return true;
  dom::array list;
  if (input.get(list) != simdjson::SUCCESS || list.size() == 0) return false;
  for (auto const element : list) {
    dom::array tokens;
    if (element.is_string() || element.is_int64()) continue;
    if (element.get(tokens) != simdjson::SUCCESS) return false;
    for (auto const token : tokens)
      if (!token.is_int64()) return false;
  }
  return true;
}

Result<> read_embeddings(ChatRequest& r, dom::object root) {
  if (auto read = read_model(r, root); !read) return read;
  dom::element input;
  dom::array list;
  if (!present(root, "input", input)) return wrong("input", "is required");
  if (!embeddable(input))
    return wrong("input", "must be a string, or a non-empty array of strings, integers or integer arrays");
  if (input.get(list) == simdjson::SUCCESS && list.size() > kInputsMax && !list.at(0).is_int64())
    return wrong("input", "has more than 2048 entries");
  count_raw(r, "input");  // of an array of tokens, too: each takes two bytes at least
  if (auto read = read_text(root, "", "user", r.user); !read) return read;
  if (auto read = read_text(root, "", "encoding_format", r.encoding_format); !read) return read;
  if (r.encoding_format.empty()) r.encoding_format = "float";
  if (r.encoding_format != "float" && r.encoding_format != "base64")
    return wrong("encoding_format", "must be float or base64");
  std::optional<std::int64_t> dimensions;
  return read_integer(root, "dimensions", 1, 1 << 20, dimensions);
}

Result<ChatRequest> read(std::string body, json::Limits const& limits, Operation operation) {
  auto document = json::Document::parse(std::move(body), limits);
  if (!document) return document.error();
  ChatRequest r{std::move(*document)};
  r.operation = operation;
  r.surface = operation == Operation::chat ? conversation::Surface::chat : conversation::Surface::embeddings;
  r.wishes = conversation::wishes_of(r.surface, r.document);
  auto const root = r.document.root();
  auto const done = operation == Operation::chat ? read_chat(r, root) : read_embeddings(r, root);
  if (!done) return done.error();
  return Result<ChatRequest>{boost::system::in_place_value, std::move(r)};
}

}  // namespace

Result<ChatRequest> read_chat_request(std::string body, json::Limits const& limits) {
  return read(std::move(body), limits, Operation::chat);
}

Result<ChatRequest> read_embeddings_request(std::string body, json::Limits const& limits) {
  return read(std::move(body), limits, Operation::embeddings);
}

}  // namespace tsg::providers
