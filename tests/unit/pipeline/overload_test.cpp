// What clients and providers can make the gateway hold or write, and where it ends.
#include <new>

#include "unit/pipeline/pipeline_fixture.hpp"

namespace tsg::pipeline::test {
namespace {

class OverloadTest : public PipelineTest {
 protected:
  static std::string large(std::size_t bytes) {
    return R"({"model":"gpt-4o","messages":[{"role":"user","content":")" + std::string(bytes, 'a') +
           R"("}]})";
  }
  static std::string answer_of(std::string_view model, std::size_t bytes = 5) {
    auto out = kAnswer;
    out.replace(out.find("gpt-4o-2024-08-06"), 17, model);
    return out.replace(out.find("hello"), 5, std::string(bytes, 'h'));
  }
  void limit_key(std::string const& document) {
    auto const parsed = governance::parse_limit(document);
    ASSERT_TRUE(parsed);
    builder.put_limit({governance::Level::key, "key_1", ""}, 1, document, &*parsed);
    govern();
  }
  static std::size_t count_of_own(std::vector<Json> const& all) {
    return static_cast<std::size_t>(
        std::ranges::count_if(all, [](auto const& r) { return r["kind"] == "request"; }));
  }
};

TEST_F(OverloadTest, ABodyBeyondTheMemoryForBodiesIsRefusedAndMayBeTriedAgain) {
  add_key({"*"});
  services.bodies.set_most(2 << 20);
  auto const refused = chat(large(2 << 20));
  EXPECT_EQ(refused.status, 503);
  EXPECT_EQ(refused.code(), "overloaded");
  EXPECT_EQ(refused.headers.get("x-should-retry"), "true");
  EXPECT_EQ(refused.headers.get("retry-after"), "1");
  EXPECT_EQ(record()["status"], 503);
  provider.plays.push_back(whole(kAnswer));
  EXPECT_EQ(chat(large(1'000'000)).status, 200) << "what fits is served";
  EXPECT_EQ(services.bodies.used(), 0u);
}

TEST_F(OverloadTest, AnAnswerBeyondItIsLostAndBilledAndNotBoughtAgain) {
  add_key({"*"}, "5.00");
  services.bodies.set_most(1 << 20);
  provider.plays.push_back(whole(answer_of("gpt-4o", 2 << 20)));
  auto const x = chat(ask(R"(,"max_tokens":100)"));
  EXPECT_EQ(x.status, 503);
  EXPECT_EQ(x.code(), "overloaded");
  EXPECT_EQ(x.headers.get("x-should-retry"), "false") << "the provider has done the work";
  auto const r = record();
  EXPECT_EQ(r["estimated"], true);
  EXPECT_GT(totals().settled.v, 0);
  EXPECT_EQ(provider.sent.size(), 1u);
  EXPECT_EQ(services.bodies.used(), 0u);
}

TEST_F(OverloadTest, WhatIsHeldOfARequestIsGivenBackOnceNobodyNeedsIt) {
  add_key({"*"});
  std::size_t while_asked = 0, while_streamed = 0;
  Play play = stream({chunk("a"), chunk("b", R"("stop")"), "data: [DONE]\n\n"});
  play.before_end = [&] { while_streamed = services.bodies.used(); };
  provider.plays.push_back(std::move(play));
  auto x = request(kChat, large(300'000).insert(1, R"("stream":true,)"));
  x.on_write = [&] { while_asked = std::max(while_asked, services.bodies.used()); };
  serve(x);
  EXPECT_EQ(x.status, 200);
  EXPECT_EQ(while_asked, 0u) << "a stream that runs for minutes holds nothing of its request";
  EXPECT_EQ(while_streamed, 0u);
}

// One event that never ends, of a provider that means no harm to one stream and all to five thousand.
TEST_F(OverloadTest, AnEventThatIsNeverWholeIsHeldUpToTheSameBound) {
  add_key({"*"});
  services.bodies.set_most(1 << 20);
  auto whole_event = chunk(std::string(3 << 20, 'x'), R"("stop")");
  std::vector<std::string> pieces;
  for (std::size_t at = 0; at < whole_event.size(); at += 65'536)
    pieces.push_back(whole_event.substr(at, 65'536));
  provider.plays.push_back(stream(std::move(pieces)));
  auto const x = chat(ask(R"(,"stream":true)"));
  EXPECT_TRUE(x.aborted) << "the answer had begun: an error event, and no clean end";
  EXPECT_NE(x.sent.find(R"("code":"overloaded")"), std::string::npos) << x.sent;
  EXPECT_EQ(record()["code"], "overloaded");
  EXPECT_EQ(services.bodies.used(), 0u);
}

// One request that finds no memory is refused; the others never hear of it.
TEST_F(OverloadTest, AnAllocationThatIsRefusedCostsOneRequest) {
  add_key({"*"}, "5.00");
  Play play = whole(kAnswer);
  play.before_end = [] { throw std::bad_alloc{}; };
  provider.plays.push_back(std::move(play));
  auto const x = chat(ask());
  EXPECT_EQ(x.status, 503);
  EXPECT_EQ(x.code(), "overloaded");
  EXPECT_EQ(record()["status"], 503);
  EXPECT_EQ(totals().held.v, 0);
  provider.plays.push_back(whole(kAnswer));
  EXPECT_EQ(chat(ask()).status, 200);
}

TEST_F(OverloadTest, AModelNameWithoutEndIsCutWhereverItGoes) {
  add_key({"*"});
  provider.plays.push_back(whole(answer_of(std::string(100'000, 'm'))));
  auto const x = chat(ask());
  EXPECT_EQ(x.status, 200);
  EXPECT_EQ(x.headers.get("x-tsg-model"), std::string(256, 'm'));
  EXPECT_EQ(record()["model_served"], "gpt-4o") << "no words of a provider";
  EXPECT_LT(record().dump().size(), 8'192u);

  auto first = chunk("a");
  first.replace(first.find("gpt-4o"), 6, std::string(100'000, 's'));
  provider.plays.push_back(stream({first, chunk("b", R"("stop")"), "data: [DONE]\n\n"}));
  auto const streamed = chat(ask(R"(,"stream":true)"));
  EXPECT_EQ(streamed.headers.get("x-tsg-model"), std::string(256, 's'));
  EXPECT_EQ(records().front()["model_served"], "gpt-4o");
}

TEST_F(OverloadTest, RefusalsTakeFromTheKeysRateAndBeyondItAreCounted) {
  add_key({"*"});
  limit_key(R"({"requests_per_minute":3})");
  std::size_t summed = 0;
  for (int i = 0; i < 20; ++i) {
    auto const x = chat("{broken");
    EXPECT_EQ(x.status, 400) << "the answer does not change";
    EXPECT_FALSE(x.headers.get("x-request-id").empty());
    summed += x.headers.get("x-tsg-record") == "summed";
  }
  EXPECT_EQ(count_of_own(records()), 4u) << "three, and the first beyond them";
  EXPECT_EQ(summed, 16u);
  for (int i = 0; i < 10; ++i) EXPECT_EQ(chat(ask()).status, 429) << "they were requests like any other";
  EXPECT_EQ(count_of_own(records()), 7u) << "what the limit refuses has a rate of its own";
  auto const sums = services.refusals.take().sums;
  ASSERT_EQ(sums.size(), 1u);
  EXPECT_EQ(sums.front().total(), 23u);
  EXPECT_EQ(sums.front().counts.find("429 rate_limit_exceeded")->second, 7u);
}

TEST_F(OverloadTest, UnknownPathsAndReadsAreCountedLikewise) {
  add_key({"*"});
  limit_key(R"({"requests_per_minute":2})");
  for (int i = 0; i < 10; ++i) {
    auto x = get("/v1/nothing");
    serve(x);
    EXPECT_EQ(x.status, 404);
  }
  EXPECT_EQ(count_of_own(records()), 3u);
  for (int i = 0; i < 10; ++i) {
    auto x = get("/v1/models");
    serve(x);
    EXPECT_EQ(x.status, 200) << "whoever may call may look";
  }
  EXPECT_EQ(count_of_own(records()), 5u);
  auto const sum = services.refusals.take().sums.front();
  EXPECT_EQ(sum.counts.find("404 not_found")->second, 7u);
  EXPECT_EQ(sum.counts.find("200")->second, 8u);
}

TEST_F(OverloadTest, WhatIsNoRequestSaysThatNothingIsRecorded) {
  auto x = get("/v1/models");
  bool done = false;
  boost::asio::co_spawn(io, api->refuse(x, Error{Errc::bad_framing}),
                        [&](std::exception_ptr, Result<>) { done = true; });
  io.restart();
  io.run();
  EXPECT_TRUE(done);
  EXPECT_EQ(x.status, 400);
  EXPECT_EQ(x.headers.get("x-tsg-record"), "none");
  EXPECT_TRUE(records().empty());
}

}  // namespace
}  // namespace tsg::pipeline::test
