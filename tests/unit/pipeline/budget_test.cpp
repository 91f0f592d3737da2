// Holds are true bounds, settlements are what was used, and what cannot be is not believed.
#include <regex>

#include "pipeline/admission.hpp"
#include "pipeline/metering.hpp"
#include "unit/pipeline/pipeline_fixture.hpp"

namespace tsg::pipeline::test {
namespace {

class Budgets : public PipelineTest {
 protected:
  Json of_kind(std::string_view kind) {
    for (auto& r : records())
      if (r["kind"] == kind) return r;
    return {};
  }
  static std::string with_usage(std::string_view usage) {
    auto answer = kAnswer;
    return answer.replace(answer.find("\"usage\":") + 8, std::string::npos, std::string{usage} + "}");
  }
};

TEST_F(Budgets, UnderABudgetTheOutputLimitGoesUpstream) {
  add_key({"*"}, "5");
  provider.plays.push_back(whole(kAnswer));
  EXPECT_EQ(chat(ask()).status, 200);
  EXPECT_NE(provider.sent.at(0).body.find("4096"), std::string::npos);
  add_key({"*"});
  provider.plays.push_back(whole(kAnswer));
  EXPECT_EQ(chat(ask()).status, 200);
  EXPECT_EQ(provider.sent.at(1).body.find("4096"), std::string::npos);
}

TEST_F(Budgets, TheRefusalSaysWhoseBudgetAndWhenItComesBack) {
  add_key({"*"}, "0.001");
  auto const x = chat(ask());
  EXPECT_EQ(x.status, 429);
  EXPECT_EQ(x.headers.get("x-should-retry"), "false");
  auto const error = x.json()["error"];
  EXPECT_EQ(error["code"], "insufficient_quota");
  EXPECT_EQ(error["scope"], "key");
  EXPECT_EQ(error["scope_id"], "key_1");
  EXPECT_EQ(error["limit"], "0.001");
  auto const message = error["message"].get<std::string>();
  std::smatch needed;
  ASSERT_TRUE(std::regex_search(message, needed,
                                std::regex{"it may cost ([0-9.]+) USD, and 0.001 USD of 0.001 are left"}))
      << message;
  EXPECT_GT(*parse_usd(needed[1].str()), *parse_usd("0.04")) << "4096 tokens of output at 10 USD a million";
  EXPECT_NE(message.find("No max_tokens was given, so 4096 were assumed"), std::string::npos) << message;
  EXPECT_EQ(error["resets_at"], "2026-12-01T00:00:00.000Z");
  EXPECT_TRUE(provider.sent.empty());
  EXPECT_EQ(totals().held, Nano{0});
}

TEST_F(Budgets, APolicyLowersMaxTokensIntoWhatIsLeftAndSaysSo) {
  add_key({"*"}, "0.01");
  auto const wants = ask(R"(,"max_tokens":4096,"service_tier":"default")");
  EXPECT_EQ(chat(wants).status, 429);
  auto const policy = governance::parse_policy(R"({"over_budget":"lower_max_tokens"})");
  ASSERT_TRUE(policy);
  builder.put_policy({governance::Level::org, "acme", ""}, 4, "{}", &*policy);
  govern();
  Play play = whole(kAnswer);
  Nano held;
  play.before_end = [&] { held = totals().held; };
  provider.plays.push_back(std::move(play));
  auto const x = chat(wants);
  EXPECT_EQ(x.status, 200);
  auto const lowered = x.headers.get("x-tsg-max-tokens");
  EXPECT_EQ(Json::parse(provider.sent.at(0).body)["max_tokens"].dump(), lowered);
  auto const most = *parse_usd("0.01");
  EXPECT_LE(held, most);
  EXPECT_GT(held, most - Nano{10'000}) << "one token more would not have fitted";
  EXPECT_EQ(records().front()["matched"][0]["source"], "policy org/acme v4");
  EXPECT_EQ(records().front()["matched"][0]["effect"], "lower " + std::string{lowered});
  provider.plays.push_back(whole(kAnswer));
  EXPECT_EQ(chat(ask(R"(,"max_tokens":10)")).headers.get("x-tsg-max-tokens"), "") << "it fits as it is";
}

TEST_F(Budgets, ATierWithoutAPriceIsNamedAndNotTheModel) {
  add_key({"*"}, "5");
  auto const x = chat(ask(R"(,"service_tier":"x")"));
  EXPECT_EQ(x.status, 403);
  EXPECT_EQ(x.code(), "model_unpriced");
  auto const error = x.json()["error"];
  EXPECT_EQ(error["param"], "service_tier");
  EXPECT_EQ(
      error["message"],
      "The service tier 'x' has no price for the model 'gpt-4o', and a budget applies to this key: leave "
      "service_tier out, or ask for 'default'.");
  EXPECT_TRUE(provider.sent.empty());
}

TEST_F(Budgets, NotEvenOneTokenIsARefusal) {
  add_key({"*"}, "0.0000001");
  auto const policy = governance::parse_policy(R"({"over_budget":"lower_max_tokens"})");
  builder.put_policy({governance::Level::org, "acme", ""}, 1, "{}", &*policy);
  govern();
  EXPECT_EQ(chat(ask()).status, 429);
  EXPECT_TRUE(provider.sent.empty());
}

TEST_F(Budgets, ATopUpIsRoomUntilItExpires) {
  add_key({"*"});
  put_budget({governance::Level::key, "key_1", ""},
             R"({"monthly_usd":"0","topups":[{"id":"top_1","usd":"5","granted_at":"2026-11-24T07:00:00Z",)"
             R"("expires_at":"2026-11-24T09:00:00Z"}]})");
  govern();
  provider.plays.push_back(whole(kAnswer));
  EXPECT_EQ(chat(ask()).status, 200);
  clock.now = *parse_rfc3339("2026-11-24T09:00:00Z");
  EXPECT_EQ(chat(ask()).json()["error"]["limit"], "0") << "no job ended it";
}

TEST_F(Budgets, ADiscountIsPaidAndAMarkupIsNot) {
  add_key({"*"}, "5");
  auto const terms = governance::parse_terms(
      R"({"discounts":[{"provider":"openai","percent":"20"}],"markups":[{"percent":"50"}]})");
  ASSERT_TRUE(terms);
  builder.put_terms({governance::Level::org, "acme", ""}, 7, "{}", &*terms);
  govern();
  provider.plays.push_back(whole(kAnswer));
  auto const x = chat(ask());
  EXPECT_EQ(x.headers.get("x-tsg-cost-usd"), "0.0036") << "0.0045 less a fifth";
  EXPECT_EQ(totals().settled, Nano{3'600'000});
  EXPECT_EQ(record()["cost_usd"], "0.0036");
  EXPECT_TRUE(record()["price_version"].get<std::string>().ends_with("+org/acme@7"));
  store::LedgerQuery all;
  all.to_ms = INT64_MAX;
  auto const row = look_up(store->ledger(all))->rows.at(0);
  EXPECT_EQ(row.markup_micro, 500'000);
  EXPECT_EQ(
      row.parts,
      R"([["input",1000,2000000,2000000000,2500000000],["output",200,1600000,8000000000,10000000000]])");
}

TEST_F(Budgets, UsageThatCannotBeIsReplacedByTheEstimateAndToldAbout) {
  add_key({"*"}, "5");
  for (char const* usage :
       {R"({"prompt_tokens":-5,"completion_tokens":1})", R"({"prompt_tokens":1.5,"completion_tokens":1})",
        R"({"prompt_tokens":1,"completion_tokens":1000000000000000})"}) {
    provider.plays.push_back(whole(with_usage(usage)));
    EXPECT_EQ(chat(ask(R"(,"max_tokens":10)")).status, 200);
    auto const alert = of_kind("usage_invalid");
    ASSERT_FALSE(alert.is_null()) << usage;
    auto const record = records().at(1);
    EXPECT_EQ(record["estimated"], true);
    EXPECT_GT(record["usage"]["input"], 64) << "the input bound";
    EXPECT_LE(record["usage"]["output"], 10) << "no more than was allowed";
  }
}

TEST_F(Budgets, MoreThanTheHoldIsSpentAndTold) {
  add_key({"*"}, "5");
  provider.plays.push_back(whole(with_usage(R"({"prompt_tokens":200000,"completion_tokens":1})")));
  EXPECT_EQ(chat(ask(R"(,"max_tokens":10)")).status, 200);
  EXPECT_EQ(totals().settled, Nano{200'000LL * 2'500 + 10'000});
  auto const alert = of_kind("budget_overrun");
  ASSERT_FALSE(alert.is_null());
  EXPECT_EQ(alert["after"]["cost_usd"], "0.50001");
}

TEST_F(Budgets, AStreamThatIgnoresItsLimitIsCut) {
  add_key({"*"}, "5");
  std::vector<std::string> events(40, chunk("word "));
  provider.plays.push_back(stream(std::move(events)));
  auto const x = chat(ask(R"(,"stream":true,"max_tokens":10)"));
  EXPECT_TRUE(x.aborted && !x.ended);
  EXPECT_NE(x.sent.find("insufficient_quota"), std::string::npos);
  EXPECT_EQ(provider.closed, 1);
  EXPECT_EQ(records().back()["estimated"], true);
  EXPECT_EQ(totals().held, Nano{0});
}

TEST_F(Budgets, AStreamWithinItsLimitIsNot) {
  add_key({"*"}, "5");
  std::vector<std::string> events(10, chunk("a considerably longer token than any other one "));
  events.push_back(chunk("", R"("length")"));
  events.push_back("data: [DONE]\n\n");
  provider.plays.push_back(stream(std::move(events)));
  EXPECT_TRUE(chat(ask(R"(,"stream":true,"max_tokens":10)")).ended);
}

TEST_F(Budgets, AnAlertIsARecordOnceForEachPercentage) {
  add_key({"*"}, "0.01");  // one call costs 0.0045, and holds less
  for (int i = 0; i < 2; ++i) {
    provider.plays.push_back(whole(kAnswer));
    EXPECT_EQ(chat(ask(R"(,"max_tokens":10)")).status, 200);
  }
  std::string percents;
  for (auto const& r : records())
    if (r["kind"] == "budget.alert") percents += r["after"]["percent"].dump() + " ";
  EXPECT_EQ(percents, "80 50 ");
}

TEST(OutputCount, IsNeverAboveWhatAWellBehavedProviderCounts) {
  OutputCount c;
  c.note(2, 9);
  EXPECT_EQ(c.tokens(), 2);
  c.note(0, 9);
  EXPECT_EQ(c.tokens(), 2) << "an event without content";
  c.note(1, 9 + 640);
  EXPECT_EQ(c.tokens(), 20) << "32 bytes a token at most";
  c.note(1, 650);
  EXPECT_EQ(c.bytes(), 650);
}

TEST(OutputCount, WhatIsUnderWayFollowsTheProvidersPace) {
  using std::chrono::milliseconds;
  SteadyTime now{};
  OutputCount slow;
  for (int i = 1; i <= 11; ++i) {  // a token each 20 ms, after a second of thought
    slow.waited(now, now + milliseconds{i == 1 ? 1000 : 20});
    now += milliseconds{i == 1 ? 1000 : 20};
    slow.note(1, i * 5);
  }
  EXPECT_EQ(slow.under_way(now), 11 * 5 / 4 * 500 / 200) << "half a second's worth";
  EXPECT_GT(slow.under_way(now + milliseconds{500}), slow.under_way(now)) << "unread for so long";
  EXPECT_EQ(slow.under_way(now + std::chrono::hours{24}), kUnderWay);
  OutputCount burst;
  burst.note(1, 5);
  EXPECT_EQ(burst.under_way(now), kUnderWay) << "no pace seen";
}

}  // namespace
}  // namespace tsg::pipeline::test
