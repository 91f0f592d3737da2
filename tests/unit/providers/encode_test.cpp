// Same dialect: what leaves is what came, except for the spans that had to change.
#include "unit/providers/request_fixture.hpp"

namespace tsg::providers {
namespace encode_test {

// Spellings that a re-serialiser would lose: blanks, key order, number forms, escapes, unknown members.
constexpr std::string_view odd =
    "{ \"temperature\" : 1.50e0,\n\t\"messages\" :[ {\"role\":\"user\",\"content\":\"\\u00e9 \\/ \"} ] "
    ",\"x\":{\"b\":1,\"a\":12345678901234567890},"
    " \"model\" : \"alias\" }\n";

std::string replaced(std::string text, std::string_view what, std::string_view by) {
  auto const at = text.find(what);
  EXPECT_NE(at, std::string::npos) << what;
  return text.replace(at, what.size(), by);
}

TEST(OpenAiEncode, NothingToChangeChangesNothing) {
  EXPECT_EQ(encoded(std::string{odd}, to_model("alias")), odd);
}

TEST(OpenAiEncode, OnlyTheModelNameDiffers) {
  EXPECT_EQ(encoded(std::string{odd}, to_model("gpt-4o")),
            replaced(std::string{odd}, "\"alias\"", "\"gpt-4o\""));
}

TEST(OpenAiEncode, OneMemberIsAppendedForTheLimit) {
  EXPECT_EQ(encoded(std::string{odd}, to_model("alias", 50)),
            replaced(std::string{odd}, "\"alias\" }", "\"alias\", \"max_tokens\":50}"));
}

TEST(OpenAiEncode, TheLimitsNameFollowsTheModel) {
  auto const body = R"({"model":"a","messages":[{"role":"user","content":"x"}]})";
  for (auto const* id : {"gpt-5", "gpt-5.4-mini", "gpt-6-astra", "gpt-10", "o3", "o4-mini"})
    EXPECT_NE(encoded(body, to_model(id, 9)).find(R"("max_completion_tokens":9)"), std::string::npos) << id;
  for (auto const* id : {"gpt-4o", "gpt-4.1", "llama-3", "olmo", "gpt-oss-120b"})
    EXPECT_NE(encoded(body, to_model(id, 9)).find(R"("max_tokens":9)"), std::string::npos) << id;
  catalog::Model reasoning;
  reasoning.capabilities.reasoning = true;
  auto context = to_model("house-model", 9);
  context.model = &reasoning;
  EXPECT_NE(encoded(body, context).find(R"("max_completion_tokens":9)"), std::string::npos);
}

TEST(OpenAiEncode, ALimitIsLoweredNeverRaised) {
  std::string const body = R"({"model":"m","max_tokens":100,"messages":[{"role":"user","content":"x"}]})";
  EXPECT_EQ(encoded(body, to_model("m", 40)), replaced(body, "100", "40"));
  EXPECT_EQ(encoded(body, to_model("m", 400)), body);
  EXPECT_EQ(encoded(replaced(body, "100", "null"), to_model("m", 40)), replaced(body, "100", "40"));
}

TEST(OpenAiEncode, ReasoningModelsGetTheirOwnMemberName) {
  std::string const body = R"({"model":"o3","max_tokens":100,"messages":[{"role":"user","content":"x"}]})";
  EXPECT_EQ(encoded(body, to_model("o3")), replaced(body, "max_tokens", "max_completion_tokens"));
  EXPECT_EQ(encoded(replaced(body, "\"max_tokens\":100", "\"max_tokens\":100,\"max_completion_tokens\":null"),
                    to_model("o3", 7)),
            replaced(body, "\"max_tokens\":100", "\"max_completion_tokens\":7"));
  EXPECT_EQ(encoded(replaced(body, "\"max_tokens\":100", "\"max_tokens\":100,\"max_completion_tokens\":100"),
                    to_model("o3")),
            replaced(body, "max_tokens", "max_completion_tokens"));
  // One number has many spellings; "1e3" once went beside the member that was to replace it.
  auto const thousand = replaced(body, "\"max_tokens\":100", "\"max_tokens\":1e3");
  EXPECT_EQ(encoded(thousand, to_model("o3")),
            replaced(body, "\"max_tokens\":100", "\"max_completion_tokens\":1000"));
  EXPECT_EQ(encoded(thousand, to_model("o3", 7)),
            replaced(body, "\"max_tokens\":100", "\"max_completion_tokens\":7"));
}

TEST(OpenAiEncode, StreamsAlwaysAskForUsage) {
  std::string const head = R"({"model":"m","messages":[{"role":"user","content":"x"}],"stream":true)";
  std::string const want = R"("stream_options":{"include_usage":true}})";
  EXPECT_EQ(encoded(head + "}", to_model("m")), head + "," + want);
  EXPECT_EQ(encoded(head + R"(,"stream_options":null})", to_model("m")), head + "," + want);
  EXPECT_EQ(encoded(head + R"(,"stream_options":{}})", to_model("m")), head + "," + want);
  EXPECT_EQ(encoded(head + R"(,"stream_options":{"include_usage":false}})", to_model("m")),
            head + "," + want);
  EXPECT_EQ(encoded(head + "," + want, to_model("m")), head + "," + want);
  EXPECT_EQ(encoded(head + R"(,"stream_options":{"include_obfuscation":false}})", to_model("m")),
            head + R"(,"stream_options":{"include_obfuscation":false,"include_usage":true}})");
}

TEST(OpenAiEncode, TopLevelSystemBecomesTheFirstMessageAsSpelled) {
  EXPECT_EQ(
      encoded(R"({"system":"\u00e9\n","model":"m","messages":[{"role":"system","content":"b"}]})",
              to_model("m")),
      R"({"model":"m","messages":[{"role":"system","content":"\u00e9\n"},{"role":"system","content":"b"}]})");
  EXPECT_EQ(
      encoded(R"({"model":"m","messages":[{"role":"user","content":"b"}],"system":"a"})", to_model("m", 3)),
      R"({"model":"m","messages":[{"role":"system","content":"a"},{"role":"user","content":"b"}],"max_tokens":3})");
  EXPECT_EQ(encoded(R"({"model":"m","messages":[ ],"system":"a"})", to_model("m")),
            R"({"model":"m","messages":[{"role":"system","content":"a"} ]})");
}

TEST(OpenAiEncode, EverythingAtOnceIsStillJson) {
  auto const body = encoded(
      R"({"system":"s","model":"a","stream":true,"messages":[{"role":"user","content":"x"}],"stream_options":{},"max_tokens":9})",
      to_model("o3", 5));
  EXPECT_EQ(
      body,
      R"({"model":"o3","stream":true,"messages":[{"role":"system","content":"s"},{"role":"user","content":"x"}],"stream_options":{"include_usage":true},"max_completion_tokens":5})");
}

TEST(OpenAiEncode, EmbeddingsKeepTheirBytes) {
  std::string const body = R"({"input" : [1, 2], "model":"e", "encoding_format":"base64"})";
  auto r = read_embeddings_request(body, {});
  ASSERT_TRUE(r);
  auto const out = adapter_for("openai")->encode(*r, to_model("text-embedding-3-small", 9));
  ASSERT_TRUE(out);
  EXPECT_EQ(out->path, "/embeddings");
  EXPECT_EQ(out->wire, Wire::embeddings);
  EXPECT_EQ(out->body, replaced(body, "\"e\"", "\"text-embedding-3-small\""));
}

TEST(OpenAiEncode, ResponsesOnlyModelsAreRefusedWhereTheInstanceSaysChat) {
  catalog::Model only;
  only.mode = catalog::Mode::responses;
  auto context = to_model("gpt-5-pro");
  context.model = &only;
  context.api = "chat";
  auto const out = adapter_for("openai")->encode(
      chat(R"({"model":"m","messages":[{"role":"user","content":"x"}]})"), context);
  ASSERT_FALSE(out);
  EXPECT_EQ(out.error().code(), Errc::unsupported_parameter);
  EXPECT_EQ(out.error().peek()->param, "model");
}

TEST(Registry, KnowsItsDialectsOnly) {
  EXPECT_NE(adapter_for("openai"), nullptr);
  EXPECT_EQ(adapter_for("telegraph"), nullptr);
}

}  // namespace encode_test
}  // namespace tsg::providers
