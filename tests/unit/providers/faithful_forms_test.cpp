// Requests that OpenAI takes and others have no place for, sent in the form that means the same.
#include "unit/providers/every_dialect.hpp"

namespace tsg::providers {
namespace faithful_forms_test {

using every::Json;
using every::kWays;
using every::Way;

class FaithfulForms : public testing::TestWithParam<Way> {
 protected:
  UpstreamRequest encoded(std::string const& members) const {
    auto out = every::encode(GetParam(), members);
    EXPECT_TRUE(out) << (out ? "" : out.error().message());
    return out ? std::move(*out) : UpstreamRequest{};
  }
  bool foreign() const { return !GetParam().same; }
};

TEST_P(FaithfulForms, OnlySystemMessages) {
  for (std::string const messages :
       {R"([{"role":"system","content":"Write a haiku."}])",
        R"([{"role":"system","content":"Be brief."},{"role":"developer","content":"Write a haiku."}])",
        R"([{"role":"system","content":"Write a haiku."},{"role":"user","content":""}])"}) {
    auto const out = encoded(R"({"messages":)" + messages + "}");
    EXPECT_NE(out.body.find("Write a haiku."), std::string::npos) << out.body;
    auto const body = Json::parse(out.body);
    if (GetParam().dialect == "anthropic") {
      EXPECT_EQ(body["messages"].back()["role"], "user");
      EXPECT_EQ(body["messages"].back()["content"][0]["text"], "Write a haiku.");
    }
    if (GetParam().dialect == "gemini") {
      EXPECT_EQ(body["contents"].back()["parts"][0]["text"], "Write a haiku.");
    }
    if (GetParam().dialect == "perplexity-sonar") {
      EXPECT_EQ(body["messages"].back()["role"], "user");
    }
  }
}

TEST_P(FaithfulForms, TheAssistantsGreetingFirst) {
  auto const out = encoded(
      R"({"messages":[{"role":"system","content":"s"},{"role":"assistant","content":"Welcome!"},{"role":"user","content":"hi"}]})");
  EXPECT_NE(out.body.find("Welcome!"), std::string::npos);
  auto const dialect = GetParam().dialect;
  if (dialect != "anthropic" && dialect != "perplexity-sonar") return;
  auto messages = Json::parse(out.body)["messages"];
  if (messages[0]["role"] == "system") messages.erase(0);
  EXPECT_EQ(messages[0]["role"], "user") << "a placeholder";
  EXPECT_EQ(messages[1]["role"], "assistant");
  EXPECT_EQ(messages[2]["role"], "user");
  ASSERT_FALSE(out.adapted.empty()) << "which the record names";
  EXPECT_EQ(out.adapted[0].member, "messages");
}

TEST_P(FaithfulForms, AnEmptyStopStopsNowhere) {
  for (std::string const stop : {R"("")", R"([])", R"([""])", "null"}) {
    auto const out = encoded(R"({"stop":)" + stop + "}");
    EXPECT_TRUE(out.stops.empty());
    EXPECT_EQ(foreign() && out.body.find("stop") != std::string::npos, false) << out.body;
  }
}

TEST_P(FaithfulForms, NumbersAreComparedAsNumbers) {
  for (std::string const members : {R"("presence_penalty":0.00)", R"("presence_penalty":-0.0)",
                                    R"("frequency_penalty":0e0)", R"("top_p":1.00)", R"("temperature":1.00)",
                                    R"("temperature":10e-1)", R"("n":1.0)", R"("top_logprobs":0.0)"}) {
    auto const text =
        R"({"model":"m","messages":[{"role":"user","content":"x"}],)" + members + "}";  // spelt as it is
    auto const out = adapter_for(GetParam().dialect)->encode(chat(text), every::to(GetParam()));
    ASSERT_TRUE(out) << members << ": " << out.error().message();
    EXPECT_TRUE(out->dropped.empty()) << members;
  }
}

TEST_P(FaithfulForms, ThoughtsThatAClientKeptAreNoDeadConversation) {
  for (std::string const part :
       {R"({"type":"thinking","thinking":"hm","signature":"c2ln"})",
        R"({"type":"redacted_thinking","data":"x"})", R"({"type":"reasoning","text":"hm"})",
        R"({"type":"thinking","thinking":[{"type":"text","text":"hm"}]})"}) {
    auto const members = R"({"messages":[{"role":"user","content":"a"},{"role":"assistant","content":[)" +
                         part + R"(,{"type":"text","text":"b"}]},{"role":"user","content":"c"}]})";
    auto const out = encoded(members);
    EXPECT_NE(out.body.find(R"("b")"), std::string::npos);
    auto const request = chat(every::body(members));
    EXPECT_EQ(request.unmeasured, "") << "a budget can hold for it";
    EXPECT_GE(request.text_bytes, 3u);
    auto const api = GetParam().dialect;
    if (out.wire == Wire::chat && api != "perplexity-sonar") continue;  // as it is
    EXPECT_EQ(out.body.find("hm"), std::string::npos) << out.body;
    EXPECT_EQ(std::ranges::count(out.dropped, "messages.thinking"), 1);
  }
}

TEST(FaithfulFormsOfGemini, ASeedMayBeSpeltLikeAFraction) {
  for (std::string const seed : {"7", "7.0", "7e0"}) {
    auto const text = R"({"model":"m","messages":[{"role":"user","content":"x"}],"seed":)" + seed + "}";
    auto const out = adapter_for("gemini")->encode(chat(text), every::to(kWays[4]));
    ASSERT_TRUE(out);
    EXPECT_EQ(Json::parse(out->body)["generationConfig"]["seed"], 7) << seed;
  }
}

INSTANTIATE_TEST_SUITE_P(EveryDialect, FaithfulForms, testing::ValuesIn(kWays));

}  // namespace faithful_forms_test
}  // namespace tsg::providers
