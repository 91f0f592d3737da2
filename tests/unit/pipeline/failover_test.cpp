// Several targets, one answer: who is asked, what the client sees of it, and what the books say.
#include "tsg/routing/route.hpp"
#include "unit/pipeline/pipeline_fixture.hpp"

namespace tsg::pipeline::test {
namespace {

class FailoverTest : public PipelineTest {
 protected:
  FailoverTest() {
    configure(
        "first: {dialect: openai, base_url: 'https://first.example/v1', credentials: [{name: main, key: "
        "'env:X'}]}\n"
        "  second: {dialect: openai, base_url: 'https://second.example/v1', credentials: [{name: main, key: "
        "'env:X'}]}\n"
        "  anthropic: {base_url: 'https://third.example', credentials: [{name: main, key: 'env:X'}]}");
    add_key({"*", "*/*"});
    routes(R"({"smart":{"targets":["first/gpt-4o","second/gpt-4o"]}})");
  }
  void routes(std::string_view json) {
    change([&](Runtime& r) {
      auto parsed = routing::parse_routes(json);
      ASSERT_TRUE(parsed.problems.empty()) << testing::PrintToString(parsed.problems);
      r.configured_routes = std::move(parsed.routes);
    });
  }
  template <class F>
  void change(F f) {
    auto runtime = std::make_shared<Runtime>(*services.runtime.load());
    f(*runtime);
    services.runtime.store(std::move(runtime));
  }
  static std::string smart(std::string_view more = "") {
    return R"({"model":"smart","messages":[{"role":"user","content":"hi"}])" + std::string{more} + "}";
  }
  std::string hosts() const {
    std::string all;
    for (auto const& r : provider.sent)
      all += (all.empty() ? "" : " ") + r.base->host.substr(0, r.base->host.find('.'));
    return all;
  }
  static Play silent() {  // it got the request and never answered
    Play play;
    play.refused = Error{Errc::provider_timeout};
    play.refused->details().dispatched = true;
    return play;
  }
  static Play cut(std::vector<std::string> events) {
    auto play = stream(std::move(events));
    play.cut = Error{Errc::provider_unavailable};
    return play;
  }
  static Play good_stream() { return stream({chunk("hello"), chunk("", "\"stop\""), "data: [DONE]\n\n"}); }
};

TEST_F(FailoverTest, a_target_that_is_down_is_replaced_in_silence) {
  provider.plays = {whole("{}", 503), whole(kAnswer)};
  auto const x = chat(smart());
  ASSERT_EQ(x.status, 200) << x.sent;
  EXPECT_EQ(hosts(), "first second");
  EXPECT_EQ(x.json()["content"], "hello");
  EXPECT_EQ(x.headers.get("x-tsg-provider"), "second");
  EXPECT_EQ(x.headers.get("x-tsg-attempts"), "2");
  EXPECT_EQ(x.headers.get("x-tsg-cost-usd"), "0.0045") << "a refusal costs nothing";
  auto const r = record();
  EXPECT_EQ(r["route"], "smart");
  EXPECT_EQ(r["attempts"][0]["target"], "first/gpt-4o");
  EXPECT_EQ(r["attempts"][0]["outcome"], "provider_unavailable");
  EXPECT_EQ(r["attempts"][1]["outcome"], "ok");
  EXPECT_EQ(r["routing"]["order"][0]["target"], "first/gpt-4o");
  EXPECT_EQ(totals().held, Nano{0});
}

TEST_F(FailoverTest, what_a_silent_target_may_have_cost_is_booked_and_told_with_the_answer) {
  provider.plays = {silent(), whole(kAnswer)};
  auto const x = chat(smart());
  ASSERT_EQ(x.status, 200);
  auto const settled = totals().settled;
  EXPECT_GT(settled, Nano{4'500'000}) << "more than the answer alone";
  EXPECT_EQ(x.headers.get("x-tsg-cost-usd"), to_usd(settled));
  auto const r = record();
  EXPECT_EQ(r["estimated"], true);
  EXPECT_EQ(r["cost_usd"], to_usd(settled));
  EXPECT_TRUE(r["attempts"][0].contains("estimated_cost_usd"));
  EXPECT_FALSE(r["attempts"][1].contains("estimated_cost_usd"));
}

TEST_F(FailoverTest, a_stream_that_breaks_before_its_first_content_starts_elsewhere) {
  provider.plays = {cut({chunk("")}), good_stream()};
  auto const x = chat(smart(R"(,"stream":true)"));
  ASSERT_EQ(x.status, 200) << x.sent;
  EXPECT_TRUE(x.ended);
  EXPECT_EQ(hosts(), "first second");
  EXPECT_EQ(x.headers.get("x-tsg-attempts"), "2");
  EXPECT_EQ(x.sent.find("hello"), x.sent.rfind("hello")) << "no byte twice";
  EXPECT_NE(x.sent.find("[DONE]"), std::string::npos);
}

TEST_F(FailoverTest, after_the_first_content_nobody_else_is_asked) {
  provider.plays = {cut({chunk("hel")})};
  auto const x = chat(smart(R"(,"stream":true)"));
  EXPECT_EQ(hosts(), "first");
  EXPECT_TRUE(x.aborted) << "no clean end";
  EXPECT_NE(x.sent.find("hel"), std::string::npos);
  EXPECT_NE(x.sent.find(R"(data: {"error")"), std::string::npos);
  EXPECT_EQ(x.sent.find("[DONE]"), std::string::npos);
  auto const r = record();
  EXPECT_EQ(r["complete"], false);
  EXPECT_GT(totals().settled, Nano{0});
}

TEST_F(FailoverTest, a_hold_back_window_widens_what_can_be_hidden) {
  routes(R"({"smart":{"hold_back":{"tokens":50},"targets":["first/gpt-4o","second/gpt-4o"]}})");
  provider.plays = {cut({chunk("hel"), chunk("lo")}), good_stream()};
  auto const x = chat(smart(R"(,"stream":true)"));
  EXPECT_TRUE(x.ended);
  EXPECT_EQ(hosts(), "first second");
  EXPECT_EQ(x.sent.find("\"hel\""), std::string::npos) << "what was held back never leaves";
  EXPECT_NE(x.sent.find("[DONE]"), std::string::npos);
}

TEST_F(FailoverTest, a_clients_fault_is_told_and_not_asked_elsewhere) {
  provider.plays = {whole(R"({"error":{"message":"bad image","type":"invalid_request_error"}})", 400)};
  auto const x = chat(smart());
  EXPECT_EQ(x.status, 400);
  EXPECT_EQ(hosts(), "first");
  EXPECT_EQ(services.board.endpoint("first", "gpt-4o", "main").totals().bad, 0) << "and never counts";
}

TEST_F(FailoverTest, a_parameter_one_target_cannot_honour_moves_on_without_an_attempt) {
  routes(R"({"smart":{"targets":["anthropic/claude-sonnet-5","second/gpt-4o"]}})");
  provider.plays = {whole(kAnswer)};
  auto const x = chat(smart(R"(,"n":2)"));
  ASSERT_EQ(x.status, 200) << x.sent;
  EXPECT_EQ(hosts(), "second");
  EXPECT_EQ(x.headers.get("x-tsg-attempts"), "1");
  auto const r = record();
  bool named = false;
  for (auto const& c : r["candidates"])
    named |= c["target"] == "anthropic/claude-sonnet-5" &&
             c["reason"].get<std::string>().starts_with("unsupported_parameter");
  EXPECT_TRUE(named) << r["candidates"];
}

TEST_F(FailoverTest, a_refused_key_gives_way_to_our_other_one) {
  change([](Runtime& r) { r.credentials["first"].emplace_back("spare", "sk-other", 1); });
  provider.plays = {whole(R"({"error":{"code":"invalid_api_key"}})", 401), whole(kAnswer)};
  auto const x = chat(smart());
  EXPECT_EQ(x.status, 200);
  EXPECT_EQ(hosts(), "first first");
  auto const r = record();
  EXPECT_NE(r["attempts"][0]["credential"], r["attempts"][1]["credential"]);
}

TEST_F(FailoverTest, a_model_the_client_named_is_asked_once) {
  provider.plays = {whole("{}", 503)};
  auto const x = chat(R"({"model":"first/gpt-4o","messages":[{"role":"user","content":"hi"}]})");
  EXPECT_EQ(x.status, 503);
  EXPECT_EQ(x.headers.get("x-should-retry"), "true") << "nobody has retried yet";
}

TEST_F(FailoverTest, when_nobody_is_left_the_client_is_told_not_to_multiply_it) {
  routes(R"({"smart":{"attempts_max":2,"targets":["first/gpt-4o","second/gpt-4o"]}})");
  provider.plays = {whole("{}", 503), whole("{}", 503)};
  auto const x = chat(smart());
  EXPECT_EQ(x.status, 503);
  EXPECT_EQ(x.headers.get("x-should-retry"), "false");
  EXPECT_EQ(x.headers.get("x-tsg-attempts"), "2");
  EXPECT_EQ(totals().held, Nano{0});
  EXPECT_EQ(totals().settled, Nano{0});
}

TEST_F(FailoverTest, a_target_that_keeps_failing_is_asked_last) {
  for (int i = 0; i < 5; ++i) {
    provider.plays = {whole("{}", 503), whole(kAnswer)};
    EXPECT_EQ(chat(smart()).status, 200);
  }
  provider.sent.clear();
  provider.plays = {whole(kAnswer)};
  EXPECT_EQ(chat(smart()).status, 200);
  EXPECT_EQ(hosts(), "second");
  EXPECT_EQ(services.board.endpoint("second", "gpt-4o", "main").totals().bad, 0) << "the innocent stays so";
}

TEST_F(FailoverTest, a_route_needs_its_name_and_each_target_allowed) {
  add_key({"smart", "second/*"});
  provider.plays = {whole(kAnswer)};
  EXPECT_EQ(chat(smart()).status, 200);
  EXPECT_EQ(hosts(), "second");
  add_key({"first/*", "second/*"});
  EXPECT_EQ(chat(smart()).code(), "model_not_allowed");
  add_key({"smart"});
  EXPECT_EQ(chat(smart()).code(), "model_not_allowed");
}

TEST_F(FailoverTest, streams_beyond_the_limit_are_refused_and_plain_answers_are_not) {
  change([](Runtime& r) { r.config.limits.streams = 1; });
  auto const running = services.streams.take(1);
  ASSERT_TRUE(running);
  auto const x = chat(smart(R"(,"stream":true)"));
  EXPECT_EQ(x.status, 503);
  EXPECT_EQ(x.code(), "overloaded");
  EXPECT_EQ(x.headers.get("retry-after"), "1");
  provider.plays = {whole(kAnswer)};
  EXPECT_EQ(chat(smart()).status, 200);
  EXPECT_EQ(services.streams.now(), 1u);
}

}  // namespace
}  // namespace tsg::pipeline::test
