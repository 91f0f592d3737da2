#include <algorithm>
#include <array>

#include "providers/error_shape.hpp"
#include "providers/openai/mend.hpp"
#include "tsg/json/writer.hpp"

namespace tsg::providers::openai {
namespace {

constexpr std::array<std::string_view, 2> kThinkingParts{"thinking", "reasoning"};
// Say where a sentence comes from: nothing is lost of what was said.
constexpr std::array<std::string_view, 2> kSilentParts{"reference", "redacted_thinking"};

// A part of a list, or the list of parts within a thinking part: text, wherever it stands.
void gather_text(RawNode const& part, std::string& out) {
  for (auto const key : {"text", "thinking", "reasoning", "content"}) {
    auto const raw = part[key];
    if (is_string(raw)) {
      out += text_of(raw);
      return;
    }
    if (!is_array(raw)) continue;
    auto const inner = part.child(key);
    for (auto const& element : inner.members()) {
      if (is_string(inner.raw(element))) out += text_of(inner.raw(element));
      gather_text(inner.child(element), out);
    }
    return;
  }
}

// {"name":…,"arguments":…} without the object that should hold them.
std::string nested_call(RawNode const& call) {
  std::string out;
  json::Writer w{out};
  w.begin_object().key("name").raw(call["name"]).key("arguments");
  auto const raw = call["arguments"];
  if (is_string(raw))
    w.raw(raw);
  else
    w.raw(is_object(raw) ? arguments_string(raw) : R"("{}")");
  w.end_object();
  return out;
}

Result<> mend_function(json::Edits& edits, RawNode const& call, json::Member const& m,
                       std::string const& path) {
  auto const function = call.child(m);
  if (!is_string(function["name"]) || function["name"].size() <= 2)
    return broken_member(path + ".function.name");
  auto const* arguments = function.find("arguments");
  auto const raw = arguments ? function.raw(*arguments) : std::string_view{};
  if (is_string(raw)) return boost::system::in_place_value;
  if (!is_object(raw) && !raw.empty() && !is_null(raw)) return broken_member(path + ".function.arguments");
  auto value = is_object(raw) ? arguments_string(raw) : std::string{R"("{}")"};
  if (arguments)
    edits.replace(arguments->value, std::move(value));
  else
    edits.append_member(function.text(), m.value, "arguments", value);
  return boost::system::in_place_value;
}

Result<> mend_call(json::Edits& edits, RawNode const& call, json::Span span, std::string const& path,
                   std::string const& id) {
  if (call.empty()) return broken_member(path);
  auto const put = [&](std::string_view key, std::string_view value) {
    if (auto const* m = call.find(key))
      edits.replace(m->value, std::string{value});
    else
      edits.append_member(call.text(), span, key, value);
  };
  if (!is_string(call["id"]) || call["id"].size() <= 2) put("id", json::quoted(id));
  bool const custom = is_object(call["custom"]);
  if (!is_string(call["type"]) || call["type"].size() <= 2)
    put("type", custom ? R"("custom")" : R"("function")");
  if (custom) return boost::system::in_place_value;
  auto const* function = call.find("function");
  if (function && is_object(call.raw(*function))) return mend_function(edits, call, *function, path);
  if (!is_string(call["name"])) return broken_member(path + ".function");
  put("function", nested_call(call));
  for (auto const key : {"name", "arguments"})
    if (auto const* m = call.find(key)) edits.erase_member(call.text(), *m);
  return boost::system::in_place_value;
}

}  // namespace

std::string arguments_string(std::string_view raw) {
  return is_object(raw) ? json::quoted(raw) : std::string{};
}

Result<ContentParts> read_content_parts(RawNode const& list, std::string_view path) {
  ContentParts out;
  std::size_t place = 0;
  for (auto const& element : list.members()) {
    auto const at = place++;
    if (is_string(list.raw(element))) {
      out.text += text_of(list.raw(element));
      continue;
    }
    auto const part = list.child(element);
    auto const type = text_of(part["type"]);
    if (std::ranges::find(kThinkingParts, type) != kThinkingParts.end()) {
      gather_text(part, out.thinking);
    } else if (is_string(part["text"])) {
      out.text += text_of(part["text"]);
    } else if (std::ranges::find(kSilentParts, type) == kSilentParts.end()) {
      return broken_member(std::string{path} + "[" + std::to_string(at) + "]");
    }
  }
  return out;
}

Result<> mend_message(json::Edits& edits, RawNode const& message, json::Span span, std::size_t place,
                      std::string_view id, std::string& content) {
  auto const path = "choices[" + std::to_string(place) + "].message";
  if (auto const* role = message.find("role"); !role)
    edits.append_member(message.text(), span, "role", R"("assistant")");
  else if (!is_string(message.raw(*role)))
    edits.replace(role->value, R"("assistant")");

  auto const* said = message.find("content");
  if (!said) edits.append_member(message.text(), span, "content", "null");
  if (auto const raw = said ? message.raw(*said) : std::string_view{"null"}; is_array(raw)) {
    auto const parts = read_content_parts(message.child(*said), path + ".content");
    if (!parts) return parts.error();
    content = json::quoted(parts->text);
    edits.replace(said->value, content);
    if (!parts->thinking.empty() && !message.find("reasoning_content"))
      edits.append_member(message.text(), span, "reasoning_content", json::quoted(parts->thinking));
  } else if (!is_string(raw) && !is_null(raw)) {
    return broken_member(path + ".content");
  }

  if (auto const* list = message.find("tool_calls"); list && !is_null(message.raw(*list))) {
    if (!is_array(message.raw(*list))) return broken_member(path + ".tool_calls");
    auto const calls = message.child(*list);
    std::size_t n = 0;
    for (auto const& element : calls.members()) {
      auto const number = std::to_string(n++);
      auto mended =
          mend_call(edits, calls.child(element), element.value, path + ".tool_calls[" + number + "]",
                    made_call_id(id, static_cast<std::int64_t>(place), number));
      if (!mended) return mended;
    }
  }
  if (auto const* legacy = message.find("function_call"); legacy && is_object(message.raw(*legacy))) {
    auto const call = message.child(*legacy);
    if (auto const* arguments = call.find("arguments"); arguments && is_object(call.raw(*arguments)))
      edits.replace(arguments->value, arguments_string(call.raw(*arguments)));
  }
  return boost::system::in_place_value;
}

std::string made_call_id(std::string_view answer, std::int64_t choice, std::string_view call) {
  auto const dash = answer.find('-');
  std::string out = "call_";
  for (auto const c : answer.substr(dash == std::string_view::npos ? 0 : dash + 1))
    if (c != '-') out += c;
  return out + "_" + std::to_string(choice) + "_" + std::string{call};
}

}  // namespace tsg::providers::openai
