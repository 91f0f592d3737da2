// Prices, rounding, the ledger, directives and fault names.
#include "sim/directive.hpp"
#include "unit/sim/support.hpp"

namespace tsg::sim {
namespace {

TEST(SimPrices, DecimalsBecomeNanoAndBack) {
  EXPECT_EQ(nano_of_decimal("2.50"), 2'500'000'000);
  EXPECT_EQ(nano_of_decimal("0.0625"), 62'500'000);
  EXPECT_FALSE(nano_of_decimal("1e3"));
  EXPECT_FALSE(nano_of_decimal("-1"));
  EXPECT_FALSE(nano_of_decimal("0.0000000001"));
  EXPECT_EQ(decimal_of_nano(9'300'000), "0.0093");
  EXPECT_EQ(decimal_of_nano(0), "0");
  EXPECT_EQ(decimal_of_nano(Int128{1'000'000'000} * 1'000'000'000'000), "1000000000000");
  EXPECT_EQ(decimal_of_nano(-1), "-0.000000001");
}

TEST(SimPrices, OneRoundingToEven) {
  Price price;
  price.base.input = 500'000;  // half a nano-USD per token
  EXPECT_EQ(cost_nano_usd(price, {1, 0, 0, 0, 0, 0}, ""), 0);
  EXPECT_EQ(cost_nano_usd(price, {3, 0, 0, 0, 0, 0}, ""), 2);
  EXPECT_EQ(cost_nano_usd(price, {5, 0, 0, 0, 0, 0}, ""), 2);
  price.base.input = 500'001;
  EXPECT_EQ(cost_nano_usd(price, {1, 0, 0, 0, 0, 0}, ""), 1);
}

TEST(SimPrices, LongPromptsTiersAndFeesComeFromTheCatalogue) {
  PriceList list;
  auto const catalog = Json::parse(
      R"({"models":[{"provider":"xai","id":"m","aliases":["m-latest"],"fees_per_1k":{"web_search":"5"},
    "periods":[{"from":"2026-01-01","prices":{"input":"9","output":"9"}},
      {"from":"2026-10-01","prices":{"input":"1","output":"2"},"tiers":{"flex":{"input":"0.5","output":"1"}},
       "long_context":{"threshold":100,"inclusive":true,"prices":{"input":"10","output":"2"},"tiers":{"flex":{"input":"4","output":"1"}}}},
      {"from":"2027-01-01","prices":{"input":"7","output":"7"}}]}]})");
  ASSERT_EQ(list.load(catalog, "2026-11-24"), "");
  auto const* price = list.find(Provider::xai, "m-latest");
  ASSERT_NE(price, nullptr);
  EXPECT_EQ(cost_nano_usd(*price, {99, 50, 0, 1, 0, 0}, ""), 99'000 + 2'000);
  EXPECT_EQ(cost_nano_usd(*price, {100, 0, 0, 0, 0, 0}, ""), 1'000'000);
  EXPECT_EQ(cost_nano_usd(*price, {10, 0, 0, 0, 0, 0}, "flex"), 5'000);
  EXPECT_EQ(cost_nano_usd(*price, {0, 0, 0, 0, 0, 3}, ""), 15'000'000);
  EXPECT_EQ(cost_nano_usd(*price, {200, 0, 0, 0, 0, 0}, "flex"), 800'000);
  EXPECT_NE(list.load(Json::parse("{}"), "2026-11-24"), "");
}

TEST(SimLedger, ListsCallsAndAddsThemExactly) {
  Ledger ledger(2);
  for (std::uint64_t n = 1; n <= 3; ++n)
    ledger.add({&openai_chat(), n, "gpt-4o", {10, 0, 0, 5, 0, 0}, 100'000'001, n != 2});
  ledger.add({&openai_chat(), 4, "unknown", {1, 0, 0, 1, 0, 0}, std::nullopt, true});
  auto const json = Json::parse(ledger.to_json());
  ASSERT_EQ(json["calls"].size(), 2U);
  EXPECT_EQ(json["calls_not_listed"], 2);
  EXPECT_EQ(json["calls_unpriced"], 1);
  EXPECT_EQ(json["calls"][1]["request_id"], "req_sim000000000002");
  EXPECT_EQ(json["calls"][1]["complete"], false);
  EXPECT_EQ(json["calls"][0]["usage"]["total_tokens"], 15);
  EXPECT_NE(ledger.to_json().find("\"total_usd\":0.300000003"), std::string::npos)
      << "exact, also what is not listed";
  ledger.reset();
  EXPECT_EQ(ledger.to_json(), R"({"calls":[],"total_usd":0,"calls_unpriced":0,"calls_not_listed":0})");
}

TEST(SimDirective, LastOneCountsAndUnknownKeysAreNamed) {
  auto const d = parse_directive(
      "[[sim:output_tokens=1]] then [[sim: output_tokens=200, fault=cut-stream-120, tool=a+b ,parallel]]");
  EXPECT_EQ(d.output_tokens, 200);
  ASSERT_TRUE(d.fault);
  EXPECT_EQ(d.fault->kind, FaultKind::cut_stream);
  EXPECT_EQ(d.fault->value, 120);
  EXPECT_EQ(d.tools, (std::vector<std::string>{"a", "b"}));
  EXPECT_TRUE(d.parallel);
  EXPECT_EQ(parse_directive("[[sim:outptu_tokens=1]]").unknown, "outptu_tokens=1");
  EXPECT_EQ(parse_directive("[[sim:fault=nope]]").unknown, "fault=nope");
  EXPECT_EQ(parse_directive("[[sim:output_tokens=-5]]").unknown, "output_tokens=-5");
  EXPECT_TRUE(parse_directive("plain [[sim:output_tokens=1").unknown.empty());
  EXPECT_EQ(post("/v1/chat/completions", chat("gpt-4o", "[[sim:typo=1]]"))->status, 400);
}

TEST(SimFaults, EveryNameIsReadAloneAndBehindARealModel) {
  for (auto const& fault : fault_names()) {
    auto const alone = "sim-" + std::string(fault.name);
    auto const behind = "gpt-4o-" + alone;
    EXPECT_EQ(fault_of_model(alone).kind, fault.kind) << alone;
    EXPECT_EQ(fault_of_model(behind).kind, fault.kind) << behind;
    EXPECT_EQ(model_without_fault(behind), "gpt-4o");
  }
  EXPECT_EQ(fault_of_model("gpt-4o").kind, FaultKind::none);
  EXPECT_EQ(fault_of_model("simsim-500").kind, FaultKind::none);
  EXPECT_EQ(fault_of_model("sim-plain").kind, FaultKind::none);
}

struct Expected {
  char const* model;
  int status;
  bool billed, whole;
  Ending ending;
};

/// The fault table: what each fault does to a plain and to a streamed chat call.
TEST(SimFaults, TableForPlainAndStreamedCalls) {
  constexpr Expected kRows[] = {
      {"sim-429", 429, false, true, Ending::clean},
      {"sim-quota", 429, false, true, Ending::clean},
      {"sim-401", 401, false, true, Ending::clean},
      {"sim-500", 500, false, true, Ending::clean},
      {"sim-503", 503, false, true, Ending::clean},
      {"sim-529", 529, false, true, Ending::clean},
      {"sim-html-502", 502, false, true, Ending::clean},
      {"sim-context-length", 400, false, true, Ending::clean},
      {"sim-echo-key", 400, false, true, Ending::clean},
      {"sim-error-200", 200, false, true, Ending::clean},
      {"sim-reset", 500, false, true, Ending::reset},
      {"sim-no-response", 500, false, true, Ending::hang},
      {"sim-reset-after-head", 200, true, false, Ending::reset},
      {"sim-cut-stream", 200, true, false, Ending::cut},
      {"sim-stall", 200, true, false, Ending::hang},
      {"sim-malformed", 200, true, false, Ending::clean},
      {"sim-content-filter", 200, true, true, Ending::clean},
      {"sim-usage-missing", 200, true, true, Ending::clean},
      {"sim-slow-first", 200, true, true, Ending::clean},
  };
  for (auto const& row : kRows)
    for (bool const stream : {false, true}) {
      auto const answer = post("/v1/chat/completions", chat(row.model, "go", stream));
      auto const what = std::string(row.model) + (stream ? " streamed" : " plain");
      EXPECT_EQ(answer->status, row.status) << what;
      EXPECT_EQ(answer->billed, row.billed) << what;
      EXPECT_EQ(answer->whole, row.whole) << what;
      EXPECT_EQ(answer->ending, row.ending) << what;
    }
}

TEST(SimFaults, StreamIsCutAtEveryByteAndTokensNeverExceedWhatWasSent) {
  auto const full = post("/v1/chat/completions", chat("gpt-4o", "go [[sim:output_tokens=3]]", true));
  for (std::size_t n = 0; n < full->body.size(); n += 7) {
    auto const directive = "go [[sim:output_tokens=3,fault=cut-stream-" + std::to_string(n) + "]]";
    auto const cut = post("/v1/chat/completions", chat("gpt-4o", directive, true));
    ASSERT_EQ(cut->body, full->body.substr(0, n));
    ASSERT_FALSE(cut->marks.empty());
    EXPECT_EQ(cut->marks.back().end, n);
    EXPECT_LE(cut->marks.back().tokens, 3);
  }
}

TEST(SimFaults, TheEndIsMissingAndNothingElse) {
  auto const cut = post("/v1/chat/completions", chat("sim-no-terminator", "go", true));
  EXPECT_EQ(cut->body.find("[DONE]"), std::string::npos);
  EXPECT_NE(cut->body.find("\"finish_reason\":\"stop\""), std::string::npos);
  auto body = chat("sim-no-terminator", "go", true);
  body["max_tokens"] = 9;
  auto const anthropic = post("/anthropic/v1/messages", body);
  EXPECT_EQ(anthropic->body.find("event: message_stop"), std::string::npos);
  EXPECT_NE(anthropic->body.find("event: message_delta"), std::string::npos);
}

TEST(SimFaults, LyingUsageIsReportedButNotBilled) {
  auto const answer = post("/v1/chat/completions", chat("gpt-4o-sim-usage-huge", "go"));
  EXPECT_EQ(parsed(answer)["usage"]["completion_tokens"], 1'000'000'000'000'000);
  EXPECT_EQ(answer->usage.output, 24);
  EXPECT_LT(parsed(post("/v1/chat/completions", chat("sim-usage-negative", "go")))["usage"]["prompt_tokens"]
                .get<std::int64_t>(),
            0);
}

TEST(SimFaults, MarksAreFilledAlsoWhereACutGoesThroughThem) {
  auto const whole = post("/v1/chat/completions", chat("gpt-4o", "go"));
  auto text = whole->body;
  fill_marks(text, *whole, 0xABC, 1'795'000'000);
  EXPECT_EQ(text.find(kIdMark), std::string::npos);
  EXPECT_NE(text.find("chatcmpl-sim000000000abc"), std::string::npos);
  auto const cut = post("/v1/chat/completions", chat("sim-cut-stream-22", "go"));
  text = cut->body;
  fill_marks(text, *cut, 0xABC, 1'795'000'000);
  EXPECT_EQ(text, R"({"id":"chatcmpl-sim000)");
}

}  // namespace
}  // namespace tsg::sim
