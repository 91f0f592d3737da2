// What a key may ask for: refused before money is put aside and before anything is sent.
#include "unit/pipeline/pipeline_fixture.hpp"

namespace tsg::pipeline::test {
namespace {

class PolicyTest : public PipelineTest {
 protected:
  void refused(FakeExchange const& x, int status, std::string_view code) {
    EXPECT_EQ(x.status, status) << x.sent;
    EXPECT_EQ(x.code(), code);
    EXPECT_EQ(x.headers.get("x-should-retry"), "false");
    EXPECT_TRUE(provider.sent.empty()) << "a refused request never reaches a provider";
    EXPECT_EQ(totals().requests, 0) << "nor the ledger";
    auto const r = record();
    EXPECT_EQ(r["status"], status);
    EXPECT_EQ(r["code"], code);
    EXPECT_EQ(r["verdict"], "deny");
  }
};

TEST_F(PolicyTest, AModelOutsideThePatternsIs403AndSaysWhichRule) {
  add_key({"gpt-4o-mini"});
  refused(chat(ask()), 403, "model_not_allowed");
  auto const r = record();
  EXPECT_EQ(r["rule"], "allowed_models");
  EXPECT_EQ(r["model_requested"], "gpt-4o");
  ASSERT_EQ(r["candidates"].size(), 1u);
  EXPECT_EQ(r["candidates"][0]["target"], "openai/gpt-4o");
}

TEST_F(PolicyTest, WithoutPatternsNothingIsAllowed) {
  add_key({});
  refused(chat(ask()), 403, "model_not_allowed");
}

TEST_F(PolicyTest, AnUnknownNameIs403Or404ByWhatThePatternsCouldAllow) {
  add_key({"gpt-*"});
  EXPECT_EQ(chat(R"({"model":"claude-9","messages":[{"role":"user","content":"a"}]})").status, 403);
  EXPECT_EQ(chat(R"({"model":"gpt-nine","messages":[{"role":"user","content":"a"}]})").code(),
            "model_not_found");
}

TEST_F(PolicyTest, OnlyWhatTheKeyMayUseIsSuggested) {
  auto const said = [&](std::string const& model) {
    auto const x = chat(R"({"model":")" + model + R"(","messages":[{"role":"user","content":"a"}]})");
    return x.json()["error"]["message"].get<std::string>();
  };
  add_key({"gpt-4o"});
  EXPECT_EQ(said("GPT-4o"), "This key may not use the model 'GPT-4o'. Did you mean `gpt-4o`?");
  EXPECT_EQ(said("gpt-4p"), "This key may not use the model 'gpt-4p'. Did you mean `gpt-4o`?")
      << "and no gpt-4.1";
  add_key({"gpt-4*"});
  auto const policy = governance::parse_policy(R"({"models":{"deny":["gpt-4o-mini*"]}})");
  ASSERT_TRUE(policy);
  builder.put_policy({governance::Level::org, "acme", ""}, 1, "{}", &*policy);
  govern();
  EXPECT_NE(said("gpt-4o-mino").find("`gpt-4.1-mini`"), std::string::npos) << said("gpt-4o-mino");
  EXPECT_EQ(said("gpt-4o-mino").find("gpt-4o-mini"), std::string::npos) << said("gpt-4o-mino");
}

TEST_F(PolicyTest, AKeySentAsModelNameOrRequestIdIsNeitherRecordedNorEchoed) {
  add_key({"*", "openai/*"});
  for (std::string const& model : {key, "openai/" + key, "sk-proj-" + std::string(40, 'a')}) {
    auto x = request(kChat, R"({"model":")" + model + R"(","messages":[{"role":"user","content":"a"}]})");
    x.with("x-request-id", key);
    serve(x);
    EXPECT_EQ(x.status, 400) << x.sent;
    EXPECT_EQ(x.sent.find(model), std::string::npos);
    auto const r = records().front().dump();
    EXPECT_NE(r.find("[redacted]"), std::string::npos) << r;
    EXPECT_EQ(r.find(key), std::string::npos) << r;
    EXPECT_EQ(r.find(model), std::string::npos) << r;
  }
  EXPECT_TRUE(provider.sent.empty());
}

TEST_F(PolicyTest, MediaTypeIsLookedAtBeforeTheBody) {
  add_key({"*"});
  for (auto const* type : {"text/plain", "application/jsonx", "multipart/form-data; boundary=a"}) {
    FakeExchange x{io.get_executor(), http::Method::post, kChat, ask()};
    x.with("x-api-key", key).with("content-type", type);
    serve(x);
    EXPECT_EQ(x.status, 415) << type;
    EXPECT_EQ(x.body_reads, 0);
  }
  FakeExchange none{io.get_executor(), http::Method::post, kChat, ask()};
  none.with("x-api-key", key);
  serve(none);
  EXPECT_EQ(none.status, 415);
  auto gzip = request(kChat, ask());
  gzip.with("content-encoding", "gzip");
  serve(gzip);
  EXPECT_EQ(gzip.status, 415);
}

TEST_F(PolicyTest, AJsonTypeWithParametersIsTaken) {
  add_key({"*"});
  FakeExchange x{io.get_executor(), http::Method::post, kChat, ask()};
  x.with("x-api-key", key).with("content-type", "Application/JSON ; charset=utf-8");
  provider.plays.push_back(whole(kAnswer));
  serve(x);
  EXPECT_EQ(x.status, 200) << x.sent;
}

TEST_F(PolicyTest, MalformedBodiesAre400) {
  add_key({"*"});
  for (auto const* body : {"", "{", "[]", "null", R"({"model":"gpt-4o"})", R"({"model":7,"messages":[]})",
                           R"({"model":"gpt-4o","model":"gpt-4o","messages":[]})"}) {
    auto const x = chat(body);
    EXPECT_EQ(x.status, 400) << body;
    EXPECT_EQ(x.code(), "invalid_request_error");
  }
  EXPECT_TRUE(provider.sent.empty());
}

TEST_F(PolicyTest, DepthIsLimitedByTheConfiguration) {
  configure("openai: {credentials: [{name: main, key: 'env:X'}]}", "limits: {json_depth_max: 8}\n");
  add_key({"*"});
  EXPECT_EQ(chat(ask(R"(,"x":[[[[[[[[[1]]]]]]]]])")).status, 400);
}

TEST_F(PolicyTest, ChatAndEmbeddingsAreNotMixedUp) {
  add_key({"*"});
  auto const chat_with_embedder =
      chat(R"({"model":"text-embedding-3-small","messages":[{"role":"user","content":"a"}]})");
  EXPECT_EQ(chat_with_embedder.status, 400);
  EXPECT_NE(chat_with_embedder.sent.find("/v1/embeddings"), std::string::npos) << "says the way out";
  auto embed = request("/v1/embeddings", R"({"model":"gpt-4o","input":"a"})");
  serve(embed);
  EXPECT_EQ(embed.status, 400);
  EXPECT_TRUE(provider.sent.empty());
}

TEST_F(PolicyTest, ASlowOrVanishingBodyIsRecordedOnce) {
  add_key({"*"});
  for (auto const code :
       {Errc::request_timeout, Errc::body_too_large, Errc::bad_framing, Errc::client_gone}) {
    auto x = request(kChat, "");
    x.body_error = Error{code};
    serve(x);
    EXPECT_EQ(x.status != 0, code != Errc::client_gone) << "nobody is left to answer";
  }
  EXPECT_EQ(records().size(), 4u);
  EXPECT_EQ(records().front()["status"], 499);
}

}  // namespace
}  // namespace tsg::pipeline::test
