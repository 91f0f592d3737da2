#include "providers/judge.hpp"

#include <gtest/gtest.h>

#include "unit/providers/request_fixture.hpp"

namespace tsg::providers {
namespace judge_test {

constexpr Treatments kTable{
    {Feature::model, Fate::mapped, "model", ""},
    {Feature::messages, Fate::mapped, "messages", ""},
    {Feature::seed, Fate::dropped, "best effort at best", ""},
    {Feature::choices, Fate::refused, "gives one choice only: ask several times", "1"},
    {Feature::logit_bias, Fate::refused, "is not supported: leave it out", "{}"},
    {Feature::presence_penalty, Fate::waived, "is not supported: leave it out", "0"},
    {Feature::verbosity, Fate::dropped, "a wish", "", "low|high"},
    {Feature::format, Fate::mapped, "format", "", "type:text|json_schema"},
};

struct Judged {
  Result<> result;
  std::vector<std::string> dropped;
};
Judged judged(std::string const& members, bool strict = false) {
  auto request =
      read_chat_request(R"({"model":"m","messages":[{"role":"user","content":"x"}])" + members + "}", {});
  request->strict = strict;
  Judged out{boost::system::in_place_value, {}};
  out.result = judge(*request, kTable, out.dropped);
  return out;
}

TEST(JudgeTest, WhatIsHarmlessIsListedAndWhatIsNotIsRefusedWithTheWayOut) {
  auto const harmless = judged(R"(,"seed":7)");
  EXPECT_TRUE(harmless.result);
  EXPECT_EQ(harmless.dropped, std::vector<std::string>{"seed"});

  auto const refused = judged(R"(,"n":2)");
  ASSERT_FALSE(refused.result);
  EXPECT_EQ(refused.result.error().code(), Errc::unsupported_parameter);
  EXPECT_EQ(refused.result.error().peek()->param, "n");
  EXPECT_EQ(refused.result.error().message(), "'n' gives one choice only: ask several times.");
}

TEST(JudgeTest, ValuesThatAskForNothingAreNeitherDroppedNorRefused) {
  for (auto const* members :
       {R"(,"n":1)", R"(,"n":null)", R"(,"logit_bias":{ })", R"(,"presence_penalty":0.0)",
        R"(,"presence_penalty":0)", R"(,"seed":null)", R"(,"presence_penalty":-0.0)",
        R"(,"presence_penalty":0.00)", R"(,"presence_penalty":0e0)", R"(,"n":1.0)", R"(,"n":1e0)"}) {
    auto const out = judged(members);
    EXPECT_TRUE(out.result) << members;
    EXPECT_TRUE(out.dropped.empty()) << members;
  }
}

TEST(JudgeTest, WhatAModelHasNoControlForIsLeftOutUnlessSomebodyIsStrict) {
  auto const lenient = judged(R"(,"presence_penalty":0.5)");
  EXPECT_TRUE(lenient.result);
  EXPECT_EQ(lenient.dropped, std::vector<std::string>{"presence_penalty"});
  auto const strict = judged(R"(,"presence_penalty":0.5)", true);
  ASSERT_FALSE(strict.result);
  EXPECT_EQ(strict.result.error().code(), Errc::unsupported_parameter);
  EXPECT_EQ(strict.result.error().peek()->param, "presence_penalty");
  EXPECT_TRUE(judged(R"(,"seed":7)", true).result) << "what is harmless is dropped all the same";
}

TEST(JudgeTest, AWordThatIsNoneOfAClosedSetIsRefusedWithThoseThatAre) {
  EXPECT_TRUE(judged(R"(,"verbosity":"low")").result);
  auto const dropped = judged(R"(,"verbosity":"banana")");
  ASSERT_FALSE(dropped.result) << "not dropped with the words that are known";
  EXPECT_EQ(dropped.result.error().message(), "'verbosity' must be one of low, high.");
  auto const inner = judged(R"(,"response_format":{"type":"grammar"})");
  ASSERT_FALSE(inner.result);
  EXPECT_EQ(inner.result.error().peek()->param, "response_format.type");
  EXPECT_TRUE(judged(R"(,"response_format":{"type":"json_schema","json_schema":{}})").result);
}

TEST(JudgeTest, WhatNoTableNamesIsRefused) {
  auto const out = judged(R"(,"brand_new":true)");
  ASSERT_FALSE(out.result);
  EXPECT_EQ(out.result.error().peek()->param, "brand_new");
}

}  // namespace judge_test
}  // namespace tsg::providers
