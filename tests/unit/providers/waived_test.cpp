// What clients send by themselves and a model has no control for; and what is asked of it in words instead.
#include "unit/providers/every_dialect.hpp"

namespace tsg::providers {
namespace waived_test {

using every::Json;
using every::kWays;

// Every chat window has a slider, and frameworks send 0 or 0.1 always.
TEST(Waived, SamplingNeverFailsARequestUnlessSomebodyIsStrict) {
  for (auto const& way : kWays)
    for (std::string const name : {"temperature", "top_p", "frequency_penalty", "presence_penalty", "top_k",
                                   "min_p", "repetition_penalty"}) {
      auto const members = Json{{name, name == "top_k" ? Json(5) : Json(0.5)}}.dump();
      auto const out = every::encode(way, members);
      ASSERT_TRUE(out) << way << ' ' << name << ": " << out.error().message();
      bool const listed = std::ranges::count(out->dropped, name) == 1;
      auto const sent = [&](std::string_view text) { return out->body.find(text) != std::string::npos; };
      bool const goes_out = name == "top_k" ? sent(R"("topK":5)") || sent(R"("top_k":5)") : sent("0.5");
      EXPECT_NE(listed, goes_out) << way << ' ' << name << " is sent or listed, never neither: " << out->body;
      if (auto const strict = every::encode(way, members, true); !strict) {
        EXPECT_EQ(strict.error().code(), Errc::unsupported_parameter);
        EXPECT_EQ(strict.error().peek()->param, name);
      } else {
        EXPECT_FALSE(listed) << way << ' ' << name;
      }
    }
}

TEST(Waived, AJsonObjectIsAskedForInWordsWhereThereIsNoSuchFormat) {
  for (auto const& way : kWays) {
    auto const out = every::encode(way, R"({"response_format":{"type":"json_object"},"messages":[
      {"role":"system","content":"s"},{"role":"user","content":"give me json"}]})");
    ASSERT_TRUE(out) << way << ": " << out.error().message();
    bool const words = out->body.find("Answer with a single JSON object") != std::string::npos;
    bool const by_words =
        way.dialect == "anthropic" || way.dialect == "perplexity" || way.dialect == "perplexity-sonar";
    EXPECT_EQ(words, by_words) << way;
    EXPECT_EQ(out->adapted.size(), by_words ? 1u : 0u) << way;
    EXPECT_EQ(by_words && out->body.find("json_object") != std::string::npos, false) << way;
  }
}

}  // namespace waived_test
}  // namespace tsg::providers
