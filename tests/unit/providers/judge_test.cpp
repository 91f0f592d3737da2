#include "providers/judge.hpp"

#include <gtest/gtest.h>

#include <array>

#include "unit/providers/request_fixture.hpp"

namespace tsg::providers {
namespace {

constexpr std::array kTable{
    Parameter{"model", Fate::mapped, "model", ""},
    Parameter{"messages", Fate::mapped, "messages", ""},
    Parameter{"seed", Fate::dropped, "best effort at best", ""},
    Parameter{"n", Fate::refused, "gives one choice only: ask several times", "1"},
    Parameter{"logit_bias", Fate::refused, "is not supported: leave it out", "{}"},
    Parameter{"presence_penalty", Fate::refused, "is not supported: leave it out", "0|0.0"},
};

struct Judged {
  Result<> result;
  std::vector<std::string> dropped;
};
Judged judged(std::string const& members) {
  auto const request =
      read_chat_request(R"({"model":"m","messages":[{"role":"user","content":"x"}])" + members + "}", {});
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
  for (auto const* members : {R"(,"n":1)", R"(,"n":null)", R"(,"logit_bias":{ })",
                              R"(,"presence_penalty":0.0)", R"(,"presence_penalty":0)", R"(,"seed":null)"}) {
    auto const out = judged(members);
    EXPECT_TRUE(out.result) << members;
    EXPECT_TRUE(out.dropped.empty()) << members;
  }
}

TEST(JudgeTest, WhatNoTableNamesIsRefused) {
  auto const out = judged(R"(,"brand_new":true)");
  ASSERT_FALSE(out.result);
  EXPECT_EQ(out.result.error().peek()->param, "brand_new");
}

}  // namespace
}  // namespace tsg::providers
