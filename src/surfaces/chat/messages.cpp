#include "surfaces/chat/messages.hpp"

#include <simdjson.h>

#include <algorithm>
#include <array>

#include "tsg/conversation/data_url.hpp"

namespace tsg::surfaces::chat {
namespace {

constexpr std::array<std::string_view, 6> kThoughts{"thinking",           "redacted_thinking", "reasoning",
                                                    "redacted-reasoning", "reasoning_content", "thought"};
constexpr std::array<std::string_view, 6> kRoles{"system",    "developer", "user",
                                                 "assistant", "tool",      "function"};

// A string that must be there, counted as text of the prompt.
Result<> text_in(Prompt& r, dom::object object, std::string const& at, std::string_view key) {
  std::string_view text;
  if (object[key].get(text) != simdjson::SUCCESS)
    return wrong(at + "." + std::string{key}, "must be a string");
  r.text_bytes += text.size();
  return boost::system::in_place_value;
}

void unmeasured(Prompt& r, std::string const& at) {
  if (r.unmeasured.empty()) r.unmeasured = at;
}

Result<> read_media(Prompt& r, dom::object part, std::string const& at, std::string_view type) {
  auto const here = at + "." + std::string{type};
  dom::object body;
  std::string_view text;
  if (part[type].get(body) != simdjson::SUCCESS) return wrong(here, "must be an object");
  if (type == "image_url") {
    r.images = true;
    ++r.image_count;
    if (body["url"].get(text) != simdjson::SUCCESS) return wrong(here + ".url", "must be a string");
    if (auto const bad = conversation::base64_problem(text, false); !bad.empty())
      return wrong(here + ".url", bad);
    return check_kind(body, here + ".", "detail", Kind::text);
  }
  if (type == "input_audio") {
    r.audio_in = true;
    if (body["data"].get(text) != simdjson::SUCCESS) return wrong(here + ".data", "must be a string");
    if (auto const bad = conversation::base64_problem(text, true); !bad.empty())
      return wrong(here + ".data", bad);
    r.media_bytes += text.size();
    if (body["format"].get(text) != simdjson::SUCCESS) return wrong(here + ".format", "must be a string");
    return boost::system::in_place_value;
  }
  r.files = true;
  ++r.file_count;
  for (auto const* key : {"file_data", "file_id", "filename"})
    if (auto ok = check_kind(body, here + ".", key, Kind::text); !ok) return ok;
  if (body["file_data"].get(text) == simdjson::SUCCESS) {
    r.media_bytes += text.size();
    if (auto const bad = conversation::base64_problem(text, true); !bad.empty())
      return wrong(here + ".file_data", bad);
  } else {
    unmeasured(r, here);
  }
  if (body["file_id"].get(text) == simdjson::SUCCESS) unmeasured(r, here + ".file_id");
  return boost::system::in_place_value;
}

Result<> read_part(Prompt& r, dom::object part, std::string const& at, bool assistant) {
  std::string_view type;
  if (part["type"].get(type) != simdjson::SUCCESS) return wrong(at + ".type", "must be a string");
  if (type == "text" || type == "refusal") return text_in(r, part, at, type);
  if (type == "image_url" || type == "input_audio" || type == "file") return read_media(r, part, at, type);
  if (assistant && is_thought(type)) {  // as much as it can be worth, in the forms there are
    r.text_bytes += simdjson::minify(part).size();
    return boost::system::in_place_value;
  }
  // Servers that speak the dialect have kinds of their own (video_url …): theirs to judge, ours not to price.
  unmeasured(r, at);
  return boost::system::in_place_value;
}

Result<> read_content(Prompt& r, dom::element content, std::string const& at, bool assistant) {
  std::string_view text;
  if (content.get(text) == simdjson::SUCCESS) {
    r.text_bytes += text.size();
    return boost::system::in_place_value;
  }
  dom::array parts;
  if (content.get(parts) != simdjson::SUCCESS) return wrong(at, "must be a string or an array of parts");
  std::size_t i = 0;
  for (auto const part : parts) {
    dom::object object;
    auto const here = indexed(at, i++);
    if (part.get(object) != simdjson::SUCCESS) return wrong(here, "must be an object");
    if (auto read = read_part(r, object, here, assistant); !read) return read;
  }
  return boost::system::in_place_value;
}

// `arguments` is text, possibly not JSON: the model wrote it (§1.3).
Result<> read_call(Prompt& r, dom::object call, std::string const& at) {
  std::string_view id, type;
  if (call["id"].get(id) != simdjson::SUCCESS) return wrong(at + ".id", "must be a string");
  if (call["type"].get(type) != simdjson::SUCCESS) return wrong(at + ".type", "must be a string");
  if (type != "function" && type != "custom") return wrong(at + ".type", "must be function or custom");
  r.text_bytes += id.size();
  r.call_id_longest = std::max(r.call_id_longest, id.size());
  dom::object body;
  auto const here = at + "." + std::string{type};
  if (call[type].get(body) != simdjson::SUCCESS) return wrong(here, "must be an object");
  if (auto read = text_in(r, body, here, "name"); !read) return read;
  return text_in(r, body, here, type == "function" ? "arguments" : "input");
}

Result<> read_assistant(Prompt& r, dom::object message, std::string const& at) {
  dom::element v;
  std::string_view text;
  if (present(message, "refusal", v)) {
    if (auto read = text_in(r, message, at, "refusal"); !read) return read;
  }
  for (auto const* key : {"reasoning_content", "reasoning"})  // of compatible servers, may be sent back
    if (message[key].get(text) == simdjson::SUCCESS) r.text_bytes += text.size();
  if (present(message, "audio", v)) unmeasured(r, at + ".audio");  // an earlier answer kept by the provider
  if (present(message, "function_call", v)) {
    dom::object call;
    auto const here = at + ".function_call";
    if (v.get(call) != simdjson::SUCCESS) return wrong(here, "must be an object");
    for (auto const* key : {"name", "arguments"})
      if (auto read = text_in(r, call, here, key); !read) return read;
  }
  if (!present(message, "tool_calls", v)) return boost::system::in_place_value;
  dom::array calls;
  if (v.get(calls) != simdjson::SUCCESS) return wrong(at + ".tool_calls", "must be an array");
  std::size_t i = 0;
  for (auto const element : calls) {
    dom::object call;
    auto const here = indexed(at + ".tool_calls", i++);
    if (element.get(call) != simdjson::SUCCESS) return wrong(here, "must be an object");
    if (auto read = read_call(r, call, here); !read) return read;
  }
  return boost::system::in_place_value;
}

Result<> read_message(Prompt& r, dom::element element, std::string const& at) {
  dom::object message;
  if (element.get(message) != simdjson::SUCCESS) return wrong(at, "must be an object");
  std::string_view role;
  if (message["role"].get(role) != simdjson::SUCCESS) return wrong(at + ".role", "must be a string");
  if (std::ranges::find(kRoles, role) == kRoles.end())
    return wrong(at + ".role", "must be one of system, developer, user, assistant, tool, function");
  dom::element v;
  if (present(message, "name", v)) {
    if (auto read = text_in(r, message, at, "name"); !read) return read;
  }
  if (role == "tool") {
    if (auto read = text_in(r, message, at, "tool_call_id"); !read) return read;
  }
  if (role == "assistant") {
    if (auto read = read_assistant(r, message, at); !read) return read;
  }
  if (present(message, "content", v)) return read_content(r, v, at + ".content", role == "assistant");
  if (role != "assistant" && role != "function") return wrong(at + ".content", "is required");
  return boost::system::in_place_value;
}

}  // namespace

bool is_thought(std::string_view part_type) noexcept {
  return std::ranges::find(kThoughts, part_type) != kThoughts.end();
}

Result<> read_messages(Prompt& r, dom::object root) {
  dom::element v;
  dom::array messages;
  if (root["messages"].get(v) != simdjson::SUCCESS) return wrong("messages", "is required");
  if (v.get(messages) != simdjson::SUCCESS) return wrong("messages", "must be an array");
  for (auto const message : messages)
    if (auto read = read_message(r, message, indexed("messages", r.message_count++)); !read) return read;
  if (r.message_count == 0 && !r.normalized) return wrong("messages", "must not be empty");
  return boost::system::in_place_value;
}

}  // namespace tsg::surfaces::chat
