// What the client hears while a model thinks, and when the first byte leaves.
#include "tsg/routing/route.hpp"
#include "unit/pipeline/pipeline_fixture.hpp"

namespace tsg::pipeline::test {
namespace {

std::string const kRole =
    R"(data: {"id":"c","object":"chat.completion.chunk","created":1,"model":"gpt-4o","choices":[{"index":0,)"
    R"("delta":{"role":"assistant","content":""},"finish_reason":null}]})"
    "\n\n";
std::string const kComment = ": thinking\n\n";
std::string const kFinished = "data: [DONE]\n\n";
std::string const kOpenAi = "openai: {credentials: [{name: main, key: 'env:X'}]}";
std::string const kQuick = "timeouts: {stream_keep_alive_ms: 20}\n";

class Silence : public PipelineTest {
 protected:
  Silence() { add_key({"*", "*/*"}); }
  // Two instances behind one name; `more`: members of the route.
  void route(std::string const& more, std::string const& top = "") {
    configure(
        "one: {dialect: openai, base_url: 'http://127.0.0.1:1/v1', credentials: [{name: main, key: "
        "'env:X'}]}\n"
        "  two: {dialect: openai, base_url: 'http://127.0.0.1:2/v1', credentials: [{name: main, key: "
        "'env:X'}]}",
        top);
    auto runtime = std::make_shared<Runtime>(*services.runtime.load());
    auto parsed =
        routing::parse_routes(R"({"smart":{)" + more + R"("targets":["one/gpt-4o","two/gpt-4o"]}})");
    ASSERT_TRUE(parsed.problems.empty()) << testing::PrintToString(parsed.problems);
    runtime->configured_routes = std::move(parsed.routes);
    services.runtime.store(std::move(runtime));
  }
  // What had left when the provider fell silent, `pause` later.
  std::string heard(Play play, std::string const& model, std::chrono::milliseconds pause) {
    std::string at;
    provider.plays.clear();
    auto x = request(
        kChat, R"({"model":")" + model + R"(","stream":true,"messages":[{"role":"user","content":"hi"}]})");
    play.pause_before_end = pause;
    play.before_end = [&] { at = (x.started() ? "head|" : "") + x.sent; };
    provider.plays.push_back(std::move(play));
    provider.plays.push_back(stream({chunk("second"), chunk("", R"("stop")"), kFinished}));
    serve(x);
    return at;
  }
};

using namespace std::chrono_literals;

TEST_F(Silence, TheFirstEventLeavesAtOnceWhereNobodyElseCouldBeAsked) {
  EXPECT_EQ(heard(stream({kRole}), "gpt-4o", 0ms), "head|" + kRole);
}

TEST_F(Silence, ACommentOfTheProvidersIsAByteToo) {
  EXPECT_EQ(heard(stream({kComment}), "gpt-4o", 0ms), "head|");
}

TEST_F(Silence, ACommentGoesOutWhenTheProviderIsSilent) {
  configure(kOpenAi, kQuick);
  auto const at = heard(stream({kRole}), "gpt-4o", 90ms);
  EXPECT_TRUE(at.starts_with("head|" + kRole + ": ping\n\n: ping\n\n")) << at;
  auto const silent = heard(stream({}), "gpt-4o", 90ms);
  EXPECT_TRUE(silent.starts_with("head|: ping\n\n")) << "also before its first byte: " << silent;
}

TEST_F(Silence, NothingIsSaidOfAnAnswerThatIsNoStream) {
  configure(kOpenAi, kQuick);
  EXPECT_EQ(heard(whole("{\"id\":"), "gpt-4o", 90ms), "");
}

TEST_F(Silence, AZeroMeansNever) {
  configure(kOpenAi, "timeouts: {stream_keep_alive_ms: 0}\n");
  EXPECT_EQ(heard(stream({kRole}), "gpt-4o", 60ms), "head|" + kRole);
}

TEST_F(Silence, WhereAnotherTargetCouldBeAskedNothingLeavesBeforeTheFirstContent) {
  route("");
  EXPECT_EQ(heard(stream({kRole}), "smart", 0ms), "");
}

// A model that thinks for long is not given up for the sake of a client that hears nothing.
TEST_F(Silence, TheSilenceEndsThatWait) {
  route("", kQuick);
  auto const at = heard(stream({kRole}), "smart", 90ms);
  EXPECT_TRUE(at.starts_with("head|" + kRole + ": ping\n\n")) << at;
}

TEST_F(Silence, AHoldBackWindowIsKept) {
  route(R"("hold_back":{"tokens":50},)", kQuick);
  EXPECT_EQ(heard(stream({kRole, chunk("some")}), "smart", 90ms), "");
  route(R"("hold_back":{"ms":10000},)", kQuick);
  EXPECT_EQ(heard(stream({kRole}), "smart", 90ms), "");
  route(R"("hold_back":{"ms":40},)", kQuick);
  EXPECT_TRUE(heard(stream({kRole}), "smart", 120ms).starts_with("head|" + kRole + ": ping\n\n"))
      << "then when it ends";
}

// A provider that talks without saying anything.
TEST_F(Silence, WhatWaitsForTheFirstContentHasALimit) {
  route("", "limits: {stream_wait_bytes_max: 4096}\n");
  std::vector<std::string> pieces(60, kRole);
  EXPECT_EQ(heard(stream({pieces.begin(), pieces.begin() + 10}), "smart", 0ms), "") << "within it";
  EXPECT_TRUE(heard(stream(pieces), "smart", 0ms).starts_with("head|")) << "beyond it the answer begins";
  route(R"("hold_back":{"tokens":4096},)", "limits: {stream_wait_bytes_max: 4096}\n");
  EXPECT_TRUE(heard(stream(std::vector<std::string>(40, chunk("word "))), "smart", 0ms).starts_with("head|"));
}

TEST_F(Silence, AnEventWithoutEndHasALimit) {
  configure(kOpenAi, "limits: {event_bytes_max: 4096}\n");
  for (auto const* line : {": ", "data: "}) {
    provider.plays.push_back(stream(std::vector<std::string>(1, line + std::string(5'000, 'x'))));
    EXPECT_EQ(chat(ask(R"(,"stream":true)")).code(), "provider_unavailable") << line;
  }
}

TEST_F(Silence, BlanksThatKeepAPlainAnswerOpenAreNotKept) {
  configure(kOpenAi, "limits: {response_bytes_max: 4096}\n");
  Play play = whole("\n");
  play.pieces.assign(20, std::string(1'000, '\n'));
  play.pieces.push_back(kAnswer);
  provider.plays.push_back(std::move(play));
  EXPECT_EQ(chat(ask()).status, 200);
}

}  // namespace
}  // namespace tsg::pipeline::test
