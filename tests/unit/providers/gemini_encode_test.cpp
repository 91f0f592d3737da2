// Parameters to generationConfig, tools to functionDeclarations, by each model's rules.
#include "unit/providers/gemini_fixture.hpp"

namespace tsg::providers::gemini_test {
namespace gemini_encode_test {

Json function(std::string const& name,
              Json parameters = {{"type", "object"}, {"properties", {{"city", {{"type", "string"}}}}}}) {
  return {{"type", "function"},
          {"function", {{"name", name}, {"description", "d"}, {"parameters", std::move(parameters)}}}};
}

TEST(GeminiEncode, SaysNothingThatTheClientDidNotAndNeverStores) {
  EXPECT_EQ(sent(Json::object()),
            Json({{"contents", {{{"role", "user"}, {"parts", {{{"text", "Hi"}}}}}}}, {"store", false}}));
  EXPECT_EQ(sent({{"store", true}})["store"], false);
}

TEST(GeminiEncode, PutsTheModelIntoThePathAndNothingElseOfIt) {
  EXPECT_EQ(encode(Json::object())->path, "/v1beta/models/gemini-3.8-flash:generateContent");
  EXPECT_EQ(encode({{"stream", true}})->path,
            "/v1beta/models/gemini-3.8-flash:streamGenerateContent?alt=sse");
  EXPECT_EQ(encode(Json::object(), "models/gemini-x")->path, "/v1beta/models/gemini-x:generateContent");
  EXPECT_EQ(encode(Json::object(), "../x?key=y#z")->path,
            "/v1beta/models/..%2fx%3fkey%3dy%23z:generateContent");
}

TEST(GeminiEncode, SendsTheLowerOfTwoOutputLimits) {
  auto const limit = [](Json const& members, std::optional<std::int64_t> held) {
    auto c = at(kFlash);
    c.output_limit = held;
    auto const out = gemini().encode(chat(body(members, kFlash).dump()), c);
    return Json::parse(out->body)["generationConfig"]["maxOutputTokens"].get<std::int64_t>();
  };
  EXPECT_EQ(limit({{"max_tokens", 10}}, {}), 10);
  EXPECT_EQ(limit({{"max_completion_tokens", 10}}, 5), 5);
  EXPECT_EQ(limit({{"max_tokens", 3}}, 5), 3);
  EXPECT_EQ(limit(Json::object(), 5), 5);
}

TEST(GeminiEncode, CopiesSamplingOnlyForModelsThatTakeIt) {
  Json const asked{{"temperature", 0.5}, {"top_p", 0.25}, {"top_k", 7}};
  EXPECT_EQ(config(asked, kOld), Json({{"temperature", 0.5}, {"topP", 0.25}, {"topK", 7}}));
  // The newest merely ignore it: then it does no harm to say it, but for who asked to be strict.
  EXPECT_EQ(config(asked), Json({{"temperature", 0.5}, {"topP", 0.25}, {"topK", 7}}));
  for (auto const& [name, value] : asked.items()) {
    auto strict = chat(body({{name, value}}, kFlash).dump());
    strict.strict = true;
    auto const out = gemini().encode(strict, at(kFlash));
    ASSERT_FALSE(out) << name;
    EXPECT_EQ(out.error().peek()->param, name);
  }
  EXPECT_EQ(config({{"temperature", 1}, {"top_p", 1.0}}), Json::object());  // what the model does anyway
}

TEST(GeminiEncode, TakesSeedStopAndPenaltiesWithinTheirLimits) {
  EXPECT_EQ(config({{"seed", -7}, {"stop", "x"}}), Json({{"seed", -7}, {"stopSequences", {"x"}}}));
  EXPECT_EQ(refused({{"seed", 1LL << 40}}), "unsupported_parameter seed");
  Json const penalties{{"presence_penalty", 0.5}, {"frequency_penalty", -0.5}};
  EXPECT_EQ(config(penalties, kOld), Json({{"presencePenalty", 0.5}, {"frequencyPenalty", -0.5}}));
  EXPECT_EQ(config(penalties), Json::object());
  EXPECT_EQ(dropped(penalties), (std::vector<std::string>{"presence_penalty", "frequency_penalty"}));
  EXPECT_EQ(config({{"presence_penalty", 0}, {"frequency_penalty", 0.0}}), Json::object());
}

TEST(GeminiEncode, OffersSeveralCandidatesAndLogprobsOnOldModelsOnly) {
  EXPECT_EQ(config({{"n", 3}, {"logprobs", true}, {"top_logprobs", 4}}, kOld),
            Json({{"candidateCount", 3}, {"responseLogprobs", true}, {"logprobs", 4}}));
  EXPECT_EQ(refused({{"n", 9}}, kOld), "unsupported_parameter n");
  EXPECT_EQ(refused({{"n", 2}}), "unsupported_parameter n");
  EXPECT_EQ(refused({{"logprobs", true}}), "unsupported_parameter logprobs");
  EXPECT_EQ(refused({{"n", 1}, {"logprobs", false}}), "");
}

TEST(GeminiEncode, MapsServiceTiersThatAreSold) {
  EXPECT_EQ(sent({{"service_tier", "flex"}})["serviceTier"], "flex");
  EXPECT_EQ(sent({{"service_tier", "default"}})["serviceTier"], "standard");
  EXPECT_FALSE(sent({{"service_tier", "auto"}}).contains("serviceTier"));
  EXPECT_EQ(refused({{"service_tier", "scale"}}), "unsupported_parameter service_tier");
}

TEST(GeminiEncode, RefusesWhatWouldChangeTheAnswerAndListsWhatDoesNot) {
  EXPECT_EQ(refused({{"logit_bias", {{"1", 2}}}}), "unsupported_parameter logit_bias");
  EXPECT_EQ(refused({{"logit_bias", Json::object()}}), "");
  EXPECT_EQ(refused({{"modalities", {"text", "audio"}}}), "unsupported_parameter modalities");
  EXPECT_EQ(refused({{"frobnicate", 1}}), "unsupported_parameter frobnicate");
  EXPECT_THAT(dropped({{"user", "u"}, {"parallel_tool_calls", false}, {"verbosity", "low"}}),
              testing::UnorderedElementsAre("user", "parallel_tool_calls", "verbosity"));
}

// -- thinking
// ------------------------------------------------------------------------------------------------------

TEST(GeminiEncode, TurnsEffortIntoTheModelsOwnLevels) {
  auto const level = [](std::string const& effort, std::string const& model) {
    return config({{"reasoning_effort", effort}}, model)["thinkingConfig"].value("thinkingLevel", "");
  };
  struct {
    std::string model, none, minimal, low, medium, high, max;
  } const table[] = {{kFlash, "low", "low", "low", "medium", "high", "high"},
                     {"gemini-3-flash-preview", "minimal", "minimal", "low", "medium", "high", "high"},
                     {"gemini-3-pro-preview", "low", "low", "low", "high", "high", "high"},
                     {"gemini-9-flash", "low", "low", "low", "medium", "high", "high"}};
  for (auto const& row : table) {
    EXPECT_EQ(level("none", row.model), row.none) << row.model;
    EXPECT_EQ(level("minimal", row.model), row.minimal) << row.model;
    EXPECT_EQ(level("low", row.model), row.low) << row.model;
    EXPECT_EQ(level("medium", row.model), row.medium) << row.model;
    EXPECT_EQ(level("high", row.model), row.high) << row.model;
    EXPECT_EQ(level("max", row.model), row.max) << row.model;
  }
  EXPECT_THAT(dropped({{"reasoning_effort", "none"}}), testing::ElementsAre("reasoning_effort"));
}

TEST(GeminiEncode, TurnsEffortIntoBudgetsWithinTheModelsRange) {
  auto const budget = [](std::string const& effort, std::string const& model) {
    return config({{"reasoning_effort", effort}}, model)["thinkingConfig"]["thinkingBudget"]
        .get<std::int64_t>();
  };
  EXPECT_EQ(budget("none", "gemini-2.5-flash"), 0);
  EXPECT_EQ(budget("none", "gemini-2.5-pro"), 128);  // cannot be off
  EXPECT_EQ(budget("low", "gemini-2.5-flash-lite"), 1024);
  EXPECT_EQ(budget("medium", "gemini-2.5-pro"), 8192);
  EXPECT_EQ(budget("xhigh", "gemini-2.5-flash"), 24'576);
  EXPECT_EQ(budget("max", "gemini-2.5-pro"), 32'768);
}

TEST(GeminiEncode, ShowsThoughtsToWhoAskedForEffort) {
  EXPECT_EQ(config({{"reasoning_effort", "low"}})["thinkingConfig"]["includeThoughts"], true);
  EXPECT_FALSE(config({{"reasoning_effort", "none"}}, kOld)["thinkingConfig"].contains("includeThoughts"));
  EXPECT_FALSE(config(Json::object()).contains("thinkingConfig"));
  EXPECT_EQ(refused({{"reasoning_effort", "low"}}, "gemini-2.0-flash"),
            "unsupported_parameter reasoning_effort");
  EXPECT_EQ(refused({{"reasoning_effort", "huge"}}), "unsupported_parameter reasoning_effort");
}

// -- formats and tools
// -----------------------------------------------------------------------------------------------

TEST(GeminiEncode, KeepsASchemasBytesWhereJsonSchemaIsTaken) {
  std::string const schema = R"({"z":1, "type":"object","properties":{"b":{"const":0.10},"a":{}}})";
  auto const out = gemini().encode(
      chat(
          R"({"model":"m","messages":[{"role":"user","content":"Hi"}],"response_format":{"type":"json_schema","json_schema":{"name":"n","schema":)" +
          schema + R"(}},"tools":[{"type":"function","function":{"name":"f","parameters":)" + schema +
          "}}]}"),
      at(kFlash));
  ASSERT_TRUE(out);
  EXPECT_NE(out->body.find("\"responseJsonSchema\":" + schema), std::string::npos) << out->body;
  EXPECT_NE(out->body.find("\"parametersJsonSchema\":" + schema), std::string::npos) << out->body;
}

TEST(GeminiEncode, AsksForJsonWithAndWithoutASchema) {
  EXPECT_EQ(config({{"response_format", {{"type", "json_object"}}}}),
            Json({{"responseMimeType", "application/json"}}));
  EXPECT_EQ(config({{"response_format", {{"type", "text"}}}}), Json::object());
  Json const both{{"response_format", {{"type", "json_object"}}}, {"tools", {function("f")}}};
  EXPECT_EQ(refused(both), "");
  EXPECT_EQ(refused(both, kOld), "unsupported_parameter response_format");
}

TEST(GeminiEncode, TranslatesSchemasForModelsThatOnlyKnowTheSubset) {
  Json const schema{{"type", "object"},
                    {"properties", {{"x", {{"type", {"integer", "null"}}}}}},
                    {"additionalProperties", false}};
  Json const format{{"type", "json_schema"}, {"json_schema", {{"name", "n"}, {"schema", schema}}}};
  auto const c = config({{"response_format", format}}, "gemini-2.0-flash");
  EXPECT_EQ(c["responseSchema"],
            Json({{"type", "object"}, {"properties", {{"x", {{"type", "integer"}, {"nullable", true}}}}}}));
  auto const tools = sent({{"tools", {function("f", schema)}}}, "gemini-2.0-flash")["tools"];
  EXPECT_FALSE(tools[0]["functionDeclarations"][0]["parameters"].contains("additionalProperties"));
}

TEST(GeminiEncode, SaysEachFormOfToolChoice) {
  auto const choice = [](Json asked) {
    return sent({{"tools", {function("f"), function("g")}},
                 {"tool_choice", std::move(asked)}})["toolConfig"]["functionCallingConfig"];
  };
  EXPECT_EQ(choice("auto"), Json({{"mode", "AUTO"}}));
  EXPECT_EQ(choice("none"), Json({{"mode", "NONE"}}));
  EXPECT_EQ(choice("required"), Json({{"mode", "ANY"}}));
  EXPECT_EQ(choice({{"type", "function"}, {"function", {{"name", "g"}}}}),
            Json({{"mode", "ANY"}, {"allowedFunctionNames", {"g"}}}));
  Json allowed{{"mode", "auto"}, {"tools", {{{"type", "function"}, {"function", {{"name", "f"}}}}}}};
  EXPECT_EQ(choice({{"type", "allowed_tools"}, {"allowed_tools", allowed}}),
            Json({{"mode", "VALIDATED"}, {"allowedFunctionNames", {"f"}}}));
  EXPECT_FALSE(sent({{"tools", {function("f")}}}).contains("toolConfig"));
  Json const legacy = sent({{"functions", {{{"name", "f"}}}}, {"function_call", {{"name", "f"}}}});
  EXPECT_EQ(legacy["toolConfig"]["functionCallingConfig"]["allowedFunctionNames"], Json::array({"f"}));
}

TEST(GeminiEncode, LeavesOutParametersOfToolsThatHaveNone) {
  for (Json const& parameters : {Json{{"type", "object"}, {"properties", Json::object()}}, Json::object(),
                                 Json{{"type", "object"}, {"additionalProperties", false}}}) {
    auto const declared =
        sent({{"tools", {function("f", parameters)}}})["tools"][0]["functionDeclarations"][0];
    EXPECT_EQ(declared, Json({{"name", "f"}, {"description", "d"}})) << parameters;
  }
  Json const open{{"type", "object"}, {"additionalProperties", {{"type", "string"}}}};
  EXPECT_EQ(
      sent({{"tools", {function("f", open)}}})["tools"][0]["functionDeclarations"][0]["parametersJsonSchema"],
      open);
}

TEST(GeminiEncode, RefusesToolsThatRunElsewhere) {
  EXPECT_EQ(refused({{"tools", {{{"type", "custom"}, {"custom", {{"name", "c"}}}}}}}),
            "unsupported_parameter tools[0]");
  EXPECT_EQ(refused({{"tools", {{{"type", "code_interpreter"}}}}}), "unsupported_parameter tools[0]");
  Json strict = function("f");
  strict["function"]["strict"] = true;
  EXPECT_THAT(dropped({{"tools", {strict}}}), testing::ElementsAre("tools.strict"));
}

TEST(GeminiEncode, SearchesTheWebOnItsOwnOnly) {
  EXPECT_EQ(sent({{"web_search_options", Json::object()}})["tools"],
            Json::array({{{"googleSearch", Json::object()}}}));
  EXPECT_THAT(dropped({{"web_search_options", {{"search_context_size", "low"}}}}),
              testing::ElementsAre("web_search_options.search_context_size"));
  EXPECT_EQ(refused({{"web_search_options", {{"user_location", {{"type", "approximate"}}}}}}),
            "unsupported_parameter web_search_options.user_location");
  EXPECT_EQ(refused({{"web_search_options", Json::object()}, {"tools", {function("f")}}}),
            "unsupported_parameter web_search_options");
}

// -- embeddings
// ------------------------------------------------------------------------------------------------------

Result<UpstreamRequest> embed(Json const& body) {
  auto const request = read_embeddings_request(body.dump(), {});
  if (!request) return request.error();
  return gemini().encode(*request, at("gemini-embedding-001"));
}

TEST(GeminiEncode, EmbedsOneTextAloneAndSeveralInABatch) {
  auto const one = embed({{"model", "m"}, {"input", "a"}, {"dimensions", 8}});
  EXPECT_EQ(one->path, "/v1beta/models/gemini-embedding-001:embedContent");
  EXPECT_EQ(Json::parse(one->body),
            Json({{"content", {{"parts", {{{"text", "a"}}}}}}, {"outputDimensionality", 8}}));
  auto const two = embed({{"model", "m"}, {"input", {"a", "b"}}});
  EXPECT_EQ(two->path, "/v1beta/models/gemini-embedding-001:batchEmbedContents");
  auto const requests = Json::parse(two->body)["requests"];
  ASSERT_EQ(requests.size(), 2u);
  EXPECT_EQ(requests[1],
            Json({{"model", "models/gemini-embedding-001"}, {"content", {{"parts", {{{"text", "b"}}}}}}}));
}

TEST(GeminiEncode, RefusesTokenNumbers) {
  auto const out = embed({{"model", "m"}, {"input", {1, 2}}});
  ASSERT_FALSE(out);
  EXPECT_EQ(out.error().peek()->param, "input");
}

}  // namespace gemini_encode_test
}  // namespace tsg::providers::gemini_test
