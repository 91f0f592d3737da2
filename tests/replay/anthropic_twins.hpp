// OpenAI-shaped twins of recorded native requests, so that encoding them can be compared with the recording.
// Made by a converter that shares no code with the adapter and goes the other way.
#pragma once
#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "tsg/core/bytes.hpp"

namespace tsg::replay {

using Json = nlohmann::json;

// Throws `std::string`, the reason, where OpenAI's shape has no word for what was asked.
class AnthropicTwin {
 public:
  static Json of(Json const& native) {
    static std::vector<std::string> const kKnown{
        "model",         "max_tokens",     "messages",     "system",      "stream",
        "temperature",   "stop_sequences", "tools",        "tool_choice", "thinking",
        "output_config", "output_format",  "cache_control"};
    for (auto const& [key, value] : native.items())
      if (std::ranges::find(kKnown, key) == kKnown.end()) throw "member " + key;
    Json out{{"model", native["model"]}, {"messages", Json::array()}};
    for (auto const* key : {"max_tokens", "stream", "temperature", "thinking", "cache_control"})
      if (native.contains(key)) out[key] = native[key];
    if (native.contains("stop_sequences")) out["stop"] = native["stop_sequences"];
    if (native.contains("system"))
      out["messages"].push_back({{"role", "system"}, {"content", content(native["system"])}});
    for (auto const& message : native["messages"]) add(message, out["messages"]);
    options(native, out);
    return out;
  }

 private:
  static Json content(Json const& from) {
    if (from.is_string()) return from;
    Json parts = Json::array();
    for (auto const& block : from) parts.push_back(part(block));
    return parts;
  }

  static Json part(Json const& block) {
    auto const type = block["type"].get<std::string>();
    Json out;
    if (type == "text") {
      out = {{"type", "text"}, {"text", block["text"]}};
    } else if (type == "image" || type == "document") {
      auto const& source = block["source"];
      auto const kind = source["type"].get<std::string>();
      std::string url;
      if (kind == "base64")
        url = "data:" + source["media_type"].get<std::string>() + ";base64," +
              source["data"].get<std::string>();
      else if (kind == "text")
        url = "data:text/plain;base64," + to_base64(as_bytes(source["data"].get_ref<std::string const&>()));
      else if (kind == "url" && type == "image")
        url = source["url"];
      else
        throw type + " by " + kind;
      if (block.contains("citations")) throw std::string{"citations of documents"};
      out = type == "image" ? Json{{"type", "image_url"}, {"image_url", {{"url", url}}}}
                            : Json{{"type", "file"}, {"file", {{"file_data", url}}}};
      if (block.contains("title")) out["file"]["filename"] = block["title"];
    } else {
      throw "block " + type;
    }
    if (block.contains("cache_control")) out["cache_control"] = block["cache_control"];
    return out;
  }

  static void add(Json const& message, Json& to) {
    if (message["content"].is_string()) return to.push_back(message);
    Json parts = Json::array(), calls = Json::array(), thinking = Json::array();
    for (auto const& block : message["content"]) {
      auto const type = block["type"].get<std::string>();
      if (type == "tool_result") {
        to.push_back({{"role", "tool"},
                      {"tool_call_id", block["tool_use_id"]},
                      {"content", block.contains("content") ? content(block["content"]) : Json{""}}});
        if (block.contains("cache_control")) to.back()["cache_control"] = block["cache_control"];
        if (block.value("is_error", false)) throw std::string{"a result that is an error"};
      } else if (type == "tool_use") {
        calls.push_back({{"id", block["id"]},
                         {"type", "function"},
                         {"function", {{"name", block["name"]}, {"arguments", block["input"].dump()}}}});
      } else if (type == "thinking" || type == "redacted_thinking") {
        thinking.push_back(block);
      } else {
        parts.push_back(part(block));
      }
    }
    Json out{{"role", message["role"]}, {"content", parts}};
    if (!calls.empty()) out["tool_calls"] = calls;
    if (!thinking.empty()) out["thinking_blocks"] = thinking;
    if (!parts.empty() || !calls.empty()) to.push_back(out);
  }

  static void options(Json const& native, Json& out) {
    auto const config = native.value("output_config", Json::object());
    if (config.contains("effort")) out["reasoning_effort"] = config["effort"];
    auto const format = config.contains("format") ? config["format"] : native.value("output_format", Json{});
    if (format.is_object())
      out["response_format"] = {{"type", "json_schema"},
                                {"json_schema", {{"name", "n"}, {"schema", format["schema"]}}}};
    for (auto const& tool : native.value("tools", Json::array())) {
      auto const type = tool.value("type", "custom");
      if (type.starts_with("web_")) {
        out["tools"].push_back(tool);
        continue;
      }
      if (type != "custom") throw "tool " + type;
      Json function{{"name", tool["name"]}, {"parameters", tool["input_schema"]}};
      for (auto const* key : {"description", "strict"})
        if (tool.contains(key)) function[key] = tool[key];
      out["tools"].push_back({{"type", "function"}, {"function", function}});
      if (tool.contains("cache_control")) out["tools"].back()["cache_control"] = tool["cache_control"];
    }
    auto const choice = native.value("tool_choice", Json{});
    if (!choice.is_object()) return;
    auto const type = choice["type"].get<std::string>();
    if (type == "tool")
      out["tool_choice"] = {{"type", "function"}, {"function", {{"name", choice["name"]}}}};
    else
      out["tool_choice"] = type == "any" ? "required" : type;
    if (choice.value("disable_parallel_tool_use", false)) out["parallel_tool_calls"] = false;
  }
};

// Spellings that mean the same become one.
inline Json same_meaning(Json request) {
  auto const blocks = [](Json& content) {
    if (content.is_string()) content = Json::array({{{"type", "text"}, {"text", content}}});
    for (auto& block : content) {
      for (auto const* key : {"cache_control", "citations", "is_error"})
        if (block.contains(key) && (block[key].is_null() || block[key] == false)) block.erase(key);
      if (block["type"] == "tool_result" && block.contains("content") && block["content"].is_string())
        block["content"] = Json::array({{{"type", "text"}, {"text", block["content"]}}});
    }
  };
  if (request.contains("system")) blocks(request["system"]);
  for (auto& message : request["messages"]) blocks(message["content"]);
  if (request.contains("tools"))
    for (auto& tool : request["tools"])
      if (tool.value("strict", true) == false) tool.erase("strict");
  if (request.value("stream", true) == false) request.erase("stream");
  if (request.value("temperature", 0.0) == 1.0) request.erase("temperature");
  if (request.contains("tool_choice") &&
      request["tool_choice"].value("disable_parallel_tool_use", true) == false)
    request["tool_choice"].erase("disable_parallel_tool_use");
  if (request.contains("output_format")) {
    request["output_config"]["format"] = request["output_format"];
    request.erase("output_format");
  }
  return request;
}

}  // namespace tsg::replay
