// Recorded native requests, and what an OpenAI client would have sent instead: encoded, the two must mean the
// same.
#include <gtest/gtest.h>

#include "replay/recordings.hpp"
#include "tsg/providers/adapter.hpp"

namespace tsg::replay {
namespace gemini_requests_test {

using Json = nlohmann::json;
using namespace providers;

catalog::Catalog const& models() {
  static auto const loaded = catalog::Catalog::load(catalog::Catalog::built_in());
  return *loaded.catalog;
}

std::string lower(std::string s) {
  std::ranges::transform(s, s.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return s;
}

// Google's SDKs send the URL-safe alphabet, which proto3 JSON reads too; OpenAI's clients send the standard
// one.
std::string standard_base64(std::string s) {
  std::ranges::replace(s, '-', '+');
  std::ranges::replace(s, '_', '/');
  return s;
}

// proto3 JSON has several spellings for one message, and recorders send what means nothing.
Json canonical(Json const& j) {
  static std::map<std::string, std::string> const kNames{{"parameters_json_schema", "parameters"},
                                                         {"parametersJsonSchema", "parameters"},
                                                         {"google_search", "googleSearch"}};
  if (j.is_array()) {
    auto out = Json::array();
    for (auto const& element : j) out.push_back(canonical(element));
    return out;
  }
  if (!j.is_object()) return j;
  auto out = Json::object();
  for (auto const& [key, value] : j.items()) {
    auto const renamed = kNames.find(key);
    auto const name = renamed == kNames.end() ? key : renamed->second;
    auto v = canonical(value);
    bool const word = name == "type" || name == "mode" || name == "thinkingLevel";
    if (word && v.is_string()) v = lower(v);
    if (name == "data" && v.is_string()) v = standard_base64(v);
    if (name == "parameters" && v.value("properties", Json::object()).empty()) continue;
    bool const nothing = v.is_null() || name == "store" || name == "safetySettings" ||
                         name == "responseModalities" || (name == "thought" && v == false) ||
                         (name == "description" && v == "") || (name == "generationConfig" && v.empty());
    if (!nothing) out[name] = std::move(v);
  }
  return out;
}

void without_ids(Json& request) {
  for (auto& content : request["contents"])
    for (auto& part : content["parts"])
      for (auto const* kind : {"functionCall", "functionResponse"})
        if (part.contains(kind)) part[kind].erase("id");
}

// -- the pieces that twins are made of
// -------------------------------------------------------------------------

Json user(Json content) {
  return {{"role", "user"}, {"content", std::move(content)}};
}
Json system(std::string const& content) {
  return {{"role", "system"}, {"content", content}};
}
Json text(std::string const& s) {
  return {{"type", "text"}, {"text", s}};
}
// A call as the gateway gave it to the client, which sends it back with what it does not understand.
Json call(Json const& part, std::string const& id) {
  auto const& f = part["functionCall"];
  Json out{
      {"id", id}, {"type", "function"}, {"function", {{"name", f["name"]}, {"arguments", f["args"].dump()}}}};
  if (part.contains("thoughtSignature"))
    out["extra_content"]["google"]["thought_signature"] = part["thoughtSignature"];
  return {{"role", "assistant"}, {"content", nullptr}, {"tool_calls", {out}}};
}
Json result(Json const& part, std::string const& id) {
  return {{"role", "tool"}, {"tool_call_id", id}, {"content", part["functionResponse"]["response"].dump()}};
}
Json function(std::string const& name, std::string const& description, Json parameters) {
  return {
      {"type", "function"},
      {"function", {{"name", name}, {"description", description}, {"parameters", std::move(parameters)}}}};
}
Json object(Json properties, Json required) {
  return {{"type", "object"}, {"properties", std::move(properties)}, {"required", std::move(required)}};
}
Json described(std::string const& type, std::string const& description) {
  return {{"type", type}, {"description", description}};
}
Json location_tool() {
  return function("weather", "Get weather information for a location",
                  object({{"location", described("string", "the city")}}, {"location"}));
}
Json coordinates_tool() {
  return function("weather", "Gets current weather for a location",
                  object({{"latitude", described("string", "Latitude (e.g., 52.5200)")},
                          {"longitude", described("string", "Longitude (e.g., 13.4050)")}},
                         {"latitude", "longitude"}));
}
Json sum_tool(std::string const& name, std::string const& description) {
  return function(
      name, description,
      object({{"a", described("integer", "first number")}, {"b", described("integer", "second number")}},
             {"a", "b"}));
}
Json part_of(Json const& native, std::size_t content, std::size_t part = 0) {
  return native["contents"][content]["parts"][part];
}
std::string data_url(Json const& part) {
  return "data:" + part["inlineData"]["mimeType"].get<std::string>() + ";base64," +
         standard_base64(part["inlineData"]["data"].get<std::string>());
}
std::string told(Json const& native, std::size_t content) {
  return part_of(native, content)["text"];
}
Json weather_loop(Json const& native, std::string const& id) {
  return {system("You are a helpful assistant"), user(told(native, 0)), call(part_of(native, 1), id),
          result(part_of(native, 2), id)};
}

struct Twin {
  std::string name;
  Json (*openai)(Json const& native);
};

std::vector<Twin> twins() {
  std::vector<Twin> out;
  auto const twin = [&out](std::string name, Json (*openai)(Json const&)) {
    out.push_back({std::move(name), openai});
  };
  twin("plain-gemini-2-5-flash-01", [](Json const& n) -> Json {
    return {{"messages", {user(told(n, 0))}}, {"tools", {coordinates_tool()}}, {"tool_choice", "none"}};
  });
  twin("plain-gemini-3-pro-preview-01", [](Json const& n) -> Json {
    return {{"messages", {system("You are a helpful assistant"), user(told(n, 0))}}, {"max_tokens", 4000}};
  });
  twin("plain-stream-gemini-2-5-flash-01", [](Json const& n) -> Json {
    return {{"messages", {user(told(n, 0))}}, {"stream", true}};
  });
  twin("max-tokens-gemini-2-5-pro-01", [](Json const& n) -> Json {
    return {{"messages", {user(told(n, 0))}},
            {"system", "You are a helpful chatbot."},
            {"max_completion_tokens", 5}};
  });
  twin("max-tokens-stream-gemini-2-5-flash-01", [](Json const& n) -> Json {
    return {{"messages", {system(n["systemInstruction"]["parts"][0]["text"]), user(told(n, 0))}},
            {"max_tokens", 24},
            {"temperature", 0.0},
            {"reasoning_effort", "none"},
            {"stream", true}};
  });
  twin("image-input-gemini-2-5-pro-01", [](Json const& n) -> Json {
    Json image{{"type", "image_url"}, {"image_url", {{"url", data_url(part_of(n, 0, 1))}}}};
    return {{"messages", {system("You are a helpful assistant"), user({text(told(n, 0)), image})}},
            {"max_tokens", 4000}};
  });
  twin("document-input-gemini-2-5-flash-01", [](Json const& n) -> Json {
    Json file{{"type", "file"}, {"file", {{"file_data", data_url(part_of(n, 0, 1))}, {"filename", "a.pdf"}}}};
    return {{"messages", {user({text(told(n, 0)), file})}}};
  });
  twin("parallel-tools-gemini-3-pro-preview-01", [](Json const& n) -> Json {
    return {{"messages", {system(n["systemInstruction"]["parts"][0]["text"]), user(told(n, 0))}},
            {"max_tokens", 4000},
            {"tools", {sum_tool("add", "Add two numbers"), sum_tool("multiply", "Multiply two numbers")}},
            {"tool_choice", "auto"}};
  });
  twin("tools-gemini-2-5-flash-01", [](Json const& n) -> Json {
    return {{"messages", {user(told(n, 0))}}, {"tools", {coordinates_tool()}}, {"tool_choice", "required"}};
  });
  twin("tools-gemini-3-1-pro-preview-01", [](Json const& n) -> Json {
    return {{"messages", {user(told(n, 0))}}, {"tools", {coordinates_tool()}}, {"reasoning_effort", "low"}};
  });
  twin("tool-result-gemini-3-pro-preview-01", [](Json const& n) -> Json {
    return {{"messages", weather_loop(n, "1wzw08fx")},
            {"max_tokens", 4000},
            {"tools", {location_tool()}},
            {"tool_choice", "auto"}};
  });
  twin("thinking-gemini-3-pro-preview-01", [](Json const& n) -> Json {
    return {{"messages", weather_loop(n, "v3yybtcf")},
            {"reasoning_effort", "high"},
            {"tools", {location_tool()}},
            {"tool_choice", "auto"}};
  });
  twin("tool-result-gemini-2-5-flash-01", [](Json const& n) -> Json {
    Json messages{system(n["systemInstruction"]["parts"][0]["text"]), user(told(n, 0))};
    for (std::size_t i = 1; i < 7; i += 2) {
      messages.push_back(call(part_of(n, i), "call_" + std::to_string(i)));
      messages.push_back(result(part_of(n, i + 1), "call_" + std::to_string(i)));
    }
    return {{"messages", messages},
            {"tools",
             {function("dice_roll", "Rolls a single six-sided die and returns the result",
                       object(Json::object(), Json::array()))}}};
  });
  twin("cache-gemini-2-5-flash-01", [](Json const& n) -> Json {
    std::string const id = part_of(n, 1)["functionCall"]["id"];
    Json file{{"type", "file"}, {"file", {{"file_data", data_url(part_of(n, 3, 1))}}}};
    return {{"messages",
             {user(told(n, 0)), call(part_of(n, 1), id), result(part_of(n, 2), id),
              user({text(told(n, 3)), file})}},
            {"tools", {function("get_file", "", {{"type", "object"}, {"additionalProperties", false}})}}};
  });
  twin("structured-gemini-3-pro-preview-01", [](Json const& n) -> Json {
    Json format{{"name", "book"}, {"schema", n["generationConfig"]["responseJsonSchema"]}, {"strict", true}};
    return {{"messages", {user(told(n, 0))}},
            {"max_tokens", 4000},
            {"response_format", {{"type", "json_schema"}, {"json_schema", format}}}};
  });
  twin("structured-gemini-3-flash-preview-01", [](Json const& n) -> Json {
    Json format{{"name", "person"}, {"schema", n["generationConfig"]["responseJsonSchema"]}};
    return {{"messages", {user(told(n, 0))}},
            {"response_format", {{"type", "json_schema"}, {"json_schema", format}}}};
  });
  twin("server-tools-gemini-2-5-flash-02", [](Json const& n) -> Json {
    return {{"messages", {user(told(n, 0))}}, {"web_search_options", Json::object()}};
  });
  return out;
}

TEST(Requests, OfGeminiHaveTwins) {
  auto const all = recordings("gemini");
  if (all.empty()) GTEST_SKIP() << "TSG_FIXTURES is not set";
  for (auto const& twin : twins()) {
    auto const r = std::ranges::find(all, twin.name, &Recording::name);
    ASSERT_NE(r, all.end()) << twin.name;
    auto const native = Json::parse(r->request);
    auto body = twin.openai(native);
    std::string const model = r->meta["model"];
    body["model"] = model;
    auto const request = read_chat_request(body.dump(), {});
    ASSERT_TRUE(request) << twin.name << request.error().message();
    EncodeContext c;
    c.upstream_model = model;
    c.model = c.family = models().find("gemini", model);
    auto const out = adapter_for("gemini")->encode(*request, c);
    ASSERT_TRUE(out) << twin.name << ": " << out.error().message();
    EXPECT_EQ(out->path, r->meta["endpoint"].get<std::string>()) << twin.name;
    auto const made = Json::parse(out->body);
    EXPECT_EQ(made["store"], false);
    auto now = canonical(made), was = canonical(native);
    if (was.contains("systemInstruction")) was["systemInstruction"].erase("role");
    if (r->request.find("\"id\"") == std::string::npos) without_ids(now);
    EXPECT_EQ(now, was) << twin.name;
  }
}

TEST(Requests, OfGeminiEmbeddingsHaveTwins) {
  auto const all = recordings("gemini");
  if (all.empty()) GTEST_SKIP() << "TSG_FIXTURES is not set";
  for (auto const& r : all) {
    if (r.kind != "embeddings") continue;
    auto native = Json::parse(r.request)["requests"][0];
    std::string const input = native["content"]["parts"][0]["text"];
    Json const body{{"model", r.meta["model"]}, {"input", {input, input}}, {"dimensions", 768}};
    auto const request = read_embeddings_request(body.dump(), {});
    ASSERT_TRUE(request);
    EncodeContext c;
    c.upstream_model = r.meta["model"];
    auto const out = adapter_for("gemini")->encode(*request, c);
    ASSERT_TRUE(out) << r.name;
    EXPECT_EQ(out->path, r.meta["endpoint"].get<std::string>());
    native.erase("taskType");  // OpenAI has no word for it
    EXPECT_EQ(Json::parse(out->body), Json({{"requests", {native, native}}})) << r.name;
  }
}

}  // namespace gemini_requests_test
}  // namespace tsg::replay
