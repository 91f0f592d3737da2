// What a record says of content: commitments and known words, never the content.
#include "unit/pipeline/pipeline_fixture.hpp"

namespace tsg::pipeline::test {
namespace {

class Commitments : public PipelineTest {
 protected:
  Commitments() { add_key({"*", "*/*"}); }

  // As src/audit/FORMAT.md has it.
  std::string expected(Json const& record, std::string_view content) const {
    auto const org = crypto::hmac_sha256(commitment.bytes(), as_bytes("acme"));
    auto const id = RequestId::parse(record["request_id"].get<std::string>()).value();
    auto const request = crypto::hmac_sha256(org, id.bytes());
    return "hmac-sha256-org:" + to_hex(crypto::hmac_sha256(request, as_bytes(content)));
  }
};

std::string const kSecret = "patient Jane Doe";

TEST_F(Commitments, ofAPlainAnswerAreOverTheBodiesAsTheyCameAndLeft) {
  provider.plays.push_back(whole(kAnswer));
  auto const x = chat(ask());
  auto const r = record();
  EXPECT_EQ(r["commitments"]["request"], expected(r, ask()));
  EXPECT_EQ(r["commitments"]["response"], expected(r, x.sent));
  EXPECT_EQ(r["commitments"].size(), 2u);
}

TEST_F(Commitments, ofEqualBodiesDiffer) {
  for (int i = 0; i < 2; ++i) {
    provider.plays.push_back(whole(kAnswer));
    chat(ask());
  }
  auto const all = records();
  EXPECT_NE(all[0]["commitments"]["request"], all[1]["commitments"]["request"]);
}

TEST_F(Commitments, ofALargeBodyAreTheSame) {
  std::string const large = ask(R"(,"user":")" + std::string(900'000, 'u') + '"');
  provider.plays.push_back(whole(kAnswer));
  chat(large);
  auto const r = record();
  EXPECT_EQ(r["commitments"]["request"], expected(r, large));
}

TEST_F(Commitments, ofAStreamAreOverWhatLeftBeforeTheCommit) {
  provider.plays.push_back(stream({chunk("one "), chunk("two"), chunk("", R"("stop")"), "data: [DONE]\n\n"}));
  auto const x = chat(ask(R"(,"stream":true)"));
  auto const r = record();
  std::size_t found = 0;
  for (auto end = x.sent.find("\n\n"); end != std::string::npos; end = x.sent.find("\n\n", end + 2))
    if (r["commitments"]["response"] == expected(r, x.sent.substr(0, end + 2))) found = end + 2;
  EXPECT_GT(found, x.sent.find("two")) << x.sent;
  EXPECT_LE(found, x.sent.find("data: [DONE]"));
}

TEST_F(Commitments, areThereForARefusedRequestAndAbsentWithoutAKey) {
  chat(R"({"model":"gpt-4o"})");
  auto const refused = record();
  EXPECT_EQ(refused["commitments"], Json({{"request", expected(refused, R"({"model":"gpt-4o"})")}}));
  auto x = FakeExchange{io.get_executor(), http::Method::post, kChat, ask()};
  serve(x);
  EXPECT_FALSE(records().front().contains("commitments"));
}

// What a provider writes may be what it was asked: its words are in no record, whatever place they come in.
TEST_F(Commitments, standForWhatAProviderSays) {
  std::string const error = R"({"error":{"message":"overloaded by )" + kSecret + R"(","type":")" + kSecret +
                            R"(","code":")" + kSecret + R"("}})";
  for (int const status : {401, 402, 408, 429, 500, 503, 504}) {
    provider.plays.push_back(whole(error, status));
    chat(ask());
  }
  provider.plays.push_back(whole(error));
  chat(ask());
  provider.plays.push_back(stream({chunk("hi"), "data: " + error + "\n\n"}));
  chat(ask(R"(,"stream":true)"));
  auto const all = records();
  EXPECT_EQ(all.size(), 9u);
  for (auto const& r : all) {
    EXPECT_EQ(r.dump().find("Jane"), std::string::npos) << r;
    EXPECT_NE(r["detail"].get<std::string>().find(
                  expected(r, kSecret + ", " + kSecret + ", overloaded by " + kSecret)),
              std::string::npos)
        << r;
  }
}

TEST_F(Commitments, leaveKnownWordsReadable) {
  provider.plays.push_back(
      whole(R"({"error":{"message":"x","type":"rate_limit_error","code":"slow_down"}})", 429));
  chat(ask());
  EXPECT_TRUE(record()["detail"].get<std::string>().starts_with(
      "the provider answered 429, rate_limit_error, slow_down, text hmac-sha256-org:"))
      << record();
}

TEST_F(Commitments, standForAModelThatNobodyKnows) {
  auto const answered_by = [this](std::string const& model) {
    auto body = Json::parse(kAnswer);
    body["model"] = model;
    provider.plays.push_back(whole(body.dump()));
    auto const x = chat(ask());
    EXPECT_EQ(x.json()["model"], model) << "the client reads what the provider said";
    return records().front();
  };
  for (auto const* model : {"gpt-4o", "gpt-4o-2024-08-06", "gpt-4o-latest", "gpt-5.4", "gpt-4o:8b"}) {
    auto const r = answered_by(model);
    EXPECT_EQ(r["model_served"], model);
    EXPECT_FALSE(r["commitments"].contains("model_served"));
  }
  for (auto const& model :
       {"gpt-4o for " + kSecret, std::string{"gpt-4o-jane"}, kSecret + std::string(200, 'x')}) {
    auto const r = answered_by(model);
    EXPECT_EQ(r["model_served"], "gpt-4o");
    EXPECT_EQ(r["commitments"]["model_served"], expected(r, model));
    EXPECT_EQ(r.dump().find("jane"), std::string::npos);
  }
}

}  // namespace
}  // namespace tsg::pipeline::test
