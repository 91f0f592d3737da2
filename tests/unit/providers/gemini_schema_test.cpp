// JSON Schema to the subset that older Gemini models take.
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "providers/gemini/schema.hpp"

namespace tsg::providers::gemini {
namespace gemini_schema_test {

using Json = nlohmann::json;

std::string translated(std::string const& schema) {
  auto const out = openapi_schema(schema, "p");
  return out ? *out : "refused: " + std::string{out.error().message()};
}

TEST(GeminiSchema, LeavesUnknownKeywordsOutAndKeepsTheOrderOfProperties) {
  EXPECT_EQ(
      translated(R"({"$schema":"x","type":"object","additionalProperties":false,"strict":true,
      "properties":{"z":{"type":"string","format":"uuid"},"a":{"type":"string","format":"date-time"}},"required":["z"]})"),
      R"({"type":"object","properties":{"z":{"type":"string"},"a":{"type":"string","format":"date-time"}},"required":["z"]})");
}

TEST(GeminiSchema, ReadsNullAsNullable) {
  EXPECT_EQ(translated(R"({"type":["string","null"]})"), R"({"type":"string","nullable":true})");
  EXPECT_EQ(translated(R"({"anyOf":[{"type":"string"},{"type":"null"}]})"),
            R"({"nullable":true,"anyOf":[{"type":"string"}]})");
  EXPECT_EQ(translated(R"({"type":["string","integer"]})"),
            R"({"anyOf":[{"type":"string"},{"type":"integer"}]})");
}

TEST(GeminiSchema, ReadsOneOfAsAnyOfAndConstAsAnEnumOfStrings) {
  EXPECT_EQ(
      translated(R"({"oneOf":[{"const":1},{"enum":["a",true,null]}]})"),
      R"({"anyOf":[{"type":"string","enum":["1"]},{"type":"string","nullable":true,"enum":["a","true"]}]})");
}

TEST(GeminiSchema, MergesAllOf) {
  EXPECT_EQ(
      translated(R"({"allOf":[{"type":"object","properties":{"a":{"type":"string"}},"required":["a"]},
      {"properties":{"b":{"type":"number"}},"required":["a","b"]}]})"),
      R"({"type":"object","properties":{"a":{"type":"string"},"b":{"type":"number"}},"required":["a","b"]})");
}

TEST(GeminiSchema, GivesArraysTheirItems) {
  EXPECT_EQ(translated(R"({"type":"array"})"), R"({"type":"array","items":{"type":"string"}})");
  EXPECT_EQ(translated(R"({"type":"array","items":{"type":"integer"},"maxItems":3})"),
            R"({"type":"array","maxItems":3,"items":{"type":"integer"}})");
}

TEST(GeminiSchema, InlinesReferences) {
  EXPECT_EQ(
      translated(
          R"({"$defs":{"C":{"type":"string"}},"type":"object","properties":{"a":{"$ref":"#/$defs/C"},"b":{"$ref":"#/$defs/C"}}})"),
      R"({"type":"object","properties":{"a":{"type":"string"},"b":{"type":"string"}}})");
}

TEST(GeminiSchema, RefusesWhatHasNoFiniteForm) {
  for (std::string const schema :
       {R"({"$defs":{"N":{"type":"object","properties":{"next":{"$ref":"#/$defs/N"}}}},"$ref":"#/$defs/N"})",
        R"({"$ref":"https://elsewhere"})", R"({"$ref":"#/$defs/none"})", R"({"$ref":"#"})"})
    EXPECT_TRUE(translated(schema).starts_with("refused: 'p' ")) << schema;
}

TEST(GeminiSchema, RefusesReferencesThatGrowWithoutMeasure) {
  Json defs;
  for (int i = 0; i < 30; ++i) {
    auto const next = "#/$defs/" + std::to_string(i + 1);
    defs[std::to_string(i)]["properties"] = {{"a", {{"$ref", next}}}, {"b", {{"$ref", next}}}};
  }
  defs["30"]["type"] = "string";
  EXPECT_TRUE(translated(Json{{"$defs", defs}, {"$ref", "#/$defs/0"}}.dump()).starts_with("refused"));
  std::string deep = R"({"type":"string"})";
  for (int i = 0; i < 40; ++i) deep = R"({"type":"array","items":)" + deep + "}";
  EXPECT_TRUE(translated(deep).starts_with("refused"));
}

}  // namespace gemini_schema_test
}  // namespace tsg::providers::gemini
