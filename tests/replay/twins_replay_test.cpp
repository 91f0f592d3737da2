// What OpenAI and xAI were asked on Responses, turned into the chat request that means the same, and encoded:
// it must come out as it was recorded. What chat cannot say (hosted tools, stored state) is left out by name.
#include <gtest/gtest.h>

#include <set>

#include "replay/gathered.hpp"
#include "tsg/catalog/catalog.hpp"

namespace tsg::replay {
namespace twins_replay_test {

using Json = nlohmann::json;
using namespace providers;

struct Twin {
  Json chat = {{"messages", Json::array()}};
  std::map<std::string, std::string> memos;  // by call id
  std::string why;                           // no twin, because
};

Json chat_parts(Json const& content) {
  if (content.is_string()) return content;
  Json out = Json::array();
  for (auto const& part : content) {
    auto const type = part["type"].get<std::string>();
    if (type == "input_text" || type == "output_text")
      out.push_back({{"type", "text"}, {"text", part["text"]}});
    if (type == "input_image")
      out.push_back({{"type", "image_url"}, {"image_url", {{"url", part["image_url"]}}}});
    if (type == "input_file") {
      Json file = part;
      file.erase("type");
      out.push_back({{"type", "file"}, {"file", file}});
    }
  }
  return out;
}

Json& last_assistant(Json& messages) {
  if (messages.empty() || messages.back()["role"] != "assistant")
    messages.push_back({{"role", "assistant"}, {"content", nullptr}});
  return messages.back();
}

void add_item(Twin& t, Json const& item, Json& thoughts, std::string const& dialect) {
  auto& messages = t.chat["messages"];
  auto const type = item.value("type", "message");
  if (type == "message") {
    messages.push_back({{"role", item["role"]}, {"content", chat_parts(item["content"])}});
    if (!thoughts.empty()) t.why = "thoughts before a text without calls";
  } else if (type == "reasoning") {
    thoughts.push_back(item);
    if (!item.contains("encrypted_content")) t.why = "thoughts that are not encrypted";
  } else if (type == "function_call") {
    auto& m = last_assistant(messages);
    m["tool_calls"].push_back({{"id", item["call_id"]},
                               {"type", "function"},
                               {"function", {{"name", item["name"]}, {"arguments", item["arguments"]}}}});
    if (!thoughts.empty()) t.memos[item["call_id"]] = Json{{"from", dialect}, {"items", thoughts}}.dump();
    thoughts = Json::array();
  } else if (type == "function_call_output") {
    messages.push_back({{"role", "tool"}, {"tool_call_id", item["call_id"]}, {"content", item["output"]}});
  } else {
    t.why = type;
  }
}

Twin twin_of(Json const& native, std::string const& dialect) {
  Twin t;
  static std::set<std::string> const known{"model",
                                           "input",
                                           "instructions",
                                           "stream",
                                           "store",
                                           "include",
                                           "tools",
                                           "tool_choice",
                                           "text",
                                           "reasoning",
                                           "max_output_tokens",
                                           "parallel_tool_calls",
                                           "prompt_cache_key"};
  for (auto const& [key, value] : native.items())
    if (!known.contains(key)) t.why = key;
  if (native.contains("instructions"))
    t.chat["messages"].push_back({{"role", "system"}, {"content", native["instructions"]}});
  Json thoughts = Json::array();
  if (native["input"].is_string())
    t.chat["messages"].push_back({{"role", "user"}, {"content", native["input"]}});
  else
    for (auto const& item : native["input"]) add_item(t, item, thoughts, dialect);
  for (auto const* key : {"model", "stream", "tool_choice", "parallel_tool_calls", "prompt_cache_key"})
    if (native.contains(key)) t.chat[key] = native[key];
  if (native.contains("max_output_tokens")) t.chat["max_completion_tokens"] = native["max_output_tokens"];
  if (native.contains("reasoning")) {
    if (native["reasoning"].contains("effort")) t.chat["reasoning_effort"] = native["reasoning"]["effort"];
    if (native["reasoning"].size() != 1 || t.chat.count("reasoning_effort") == 0) t.why = "reasoning";
  }
  if (native.contains("tools"))
    for (auto tool : native["tools"]) {
      if (tool.contains("defer_loading")) t.why = "defer_loading";
      if (tool["type"] == "function") {
        tool.erase("type");
        tool = Json{{"type", "function"}, {"function", tool}};
      }
      t.chat["tools"].push_back(tool);
    }
  if (native.contains("text")) {
    auto format = native["text"]["format"];
    if (format["type"] == "json_schema") {
      format.erase("type");
      format = {{"type", "json_schema"}, {"json_schema", format}};
    }
    t.chat["response_format"] = format;
  }
  return t;
}

// Two spellings of the same request as one.
Json canonical(Json body, bool xai) {
  Json input = Json::array();
  if (body.contains("instructions"))
    input.push_back({{"type", "message"}, {"role", "system"}, {"content", body["instructions"]}});
  if (body["input"].is_string())
    input.push_back({{"role", "user"}, {"content", body["input"]}});
  else
    for (auto const& item : body["input"]) input.push_back(item);
  for (auto& item : input) {
    auto const type = item.value("type", "message");
    item["type"] = type;
    if (type != "reasoning") item.erase("id");
    item.erase("status");
    if (type == "message" && item["content"].is_string())
      item["content"] = Json::array({{{"type", "input_text"}, {"text", item["content"]}}});
  }
  body["input"] = input;
  body.erase("instructions");
  body["store"] = false;
  body.erase("include");  // asked for whatever thinks; recordings do or do not
  if (!body.contains("stream")) body["stream"] = false;
  if (body.value("parallel_tool_calls", Json{}) == true) body.erase("parallel_tool_calls");
  if (body.contains("tools"))
    for (auto& tool : body["tools"]) {
      if (tool.contains("description") && tool["description"].is_null()) tool.erase("description");
      if (tool.contains("strict") && (xai || tool["strict"] == false)) tool.erase("strict");
    }
  if (body.contains("text"))
    if (auto& format = body["text"]["format"]; format.contains("strict") && format["strict"] == false)
      format.erase("strict");
  return body;
}

void compare(std::string const& dialect) {
  auto const all = recordings(dialect);
  if (all.empty()) GTEST_SKIP() << "TSG_FIXTURES is not set";
  auto const catalog = catalog::Catalog::load(catalog::Catalog::built_in()).catalog;
  int same = 0;
  std::string left_out;
  for (auto const& r : all) {
    if (!r.kind.starts_with("responses-") || r.request.empty()) continue;
    auto const native = Json::parse(r.request);
    auto const twin = twin_of(native, dialect);
    if (!twin.why.empty()) {
      left_out += "  " + r.name + ": " + twin.why + "\n";
      continue;
    }
    auto const request = read_chat_request(twin.chat.dump(), {});
    if (!request) {
      ADD_FAILURE() << r.name << ": " << request.error().message();
      continue;
    }
    EncodeContext c;
    c.upstream_model = request->model;
    c.api = "responses";
    c.model = c.family = catalog->find(dialect, request->model);
    c.recall = [&](std::string_view id) {
      auto const found = twin.memos.find(std::string{id});
      return found == twin.memos.end() ? std::nullopt : std::optional{found->second};
    };
    auto const out = adapter_for(dialect)->encode(*request, c);
    if (!out) {
      ADD_FAILURE() << r.name << ": " << out.error().message();
      continue;
    }
    EXPECT_EQ(out->path, "/responses");
    EXPECT_EQ(canonical(Json::parse(out->body), dialect == "xai"), canonical(native, dialect == "xai"))
        << r.name;
    ++same;
  }
  std::printf("%s twins: %d\n%s", dialect.c_str(), same, left_out.c_str());
  EXPECT_GE(same, 10);
}

TEST(Twins, OpenAiResponses) {
  compare("openai");
}
TEST(Twins, XaiResponses) {
  compare("xai");
}

}  // namespace twins_replay_test
}  // namespace tsg::replay
