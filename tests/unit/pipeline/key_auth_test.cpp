// One indistinguishable 401 for every bad key (KEY-5), and nothing of a stranger's body is read.
#include "unit/pipeline/pipeline_fixture.hpp"

namespace tsg::pipeline::test {
namespace {

using KeyAuth = PipelineTest;

TEST_F(KeyAuth, EveryBadKeyGetsTheSameAnswer) {
  add_key({"*"}, "", [](keys::Key& k) { k.revoked = true; });
  auto const other =
      keys::make_key([](std::span<std::uint8_t> out) { std::fill(out.begin(), out.end(), 9); });
  std::vector<std::pair<std::string, std::string>> const bad{
      {"", ""},                                                  // none
      {"authorization", "Bearer"},                               // no key
      {"authorization", "Bearer tsg-short"},                     // not of the form
      {"authorization", "Bearer " + other.substr(0, 41) + "0"},  // wrong checksum
      {"authorization", "Bearer " + other},                      // unknown
      {"authorization", "Bearer " + key},                        // revoked
      {"authorization", "Basic " + key},                         // another scheme
      {"authorization", "Bearer  " + key},                       // two blanks
      {"x-api-key", key},                                        // revoked, by the other header
      {"x-api-key", std::string(20'000, 'k')},
  };
  std::string first;
  for (auto const& [name, value] : bad) {
    FakeExchange x{io.get_executor(), http::Method::post, kChat, ask()};
    if (!name.empty()) x.with(name, value);
    serve(x);
    EXPECT_EQ(x.status, 401) << value;
    EXPECT_EQ(x.body_reads, 0) << "a stranger's body is never read";
    if (first.empty()) first = x.sent;
    EXPECT_EQ(x.sent, first) << value;
    EXPECT_EQ(x.code(), "invalid_api_key");
    EXPECT_EQ(x.headers.get("www-authenticate"), "Bearer realm=\"tsg\"");
  }
  EXPECT_EQ(records().size(), bad.size());
  EXPECT_TRUE(provider.sent.empty());
}

TEST_F(KeyAuth, ExpiryIsExactAndOfKeyOrSecret) {
  add_key({"*"}, "", [this](keys::Key& k) { k.expires_at = WallTime{clock.now.ns + 1}; });
  auto models = get("/v1/models");
  serve(models);
  EXPECT_EQ(models.status, 200);
  clock.now.ns += 1;
  auto late = get("/v1/models");
  serve(late);
  EXPECT_EQ(late.status, 401);
  add_key({"*"}, "", [this](keys::Key& k) { k.secrets.front().expires_at = clock.now; });
  auto rotated = get("/v1/models");
  serve(rotated);
  EXPECT_EQ(rotated.status, 401) << "the overlap of a rotation has ended (KEY-12)";
}

TEST_F(KeyAuth, TwoHeadersMayAgreeButNotDiffer) {
  add_key({"*"});
  auto same = get("/v1/models");
  same.with("x-api-key", key);
  serve(same);
  EXPECT_EQ(same.status, 200);
  auto differ = get("/v1/models");
  differ.with("x-api-key", "tsg-other");
  serve(differ);
  EXPECT_EQ(differ.status, 401);
  auto twice = get("/v1/models");
  twice.with("authorization", "Bearer " + key);
  serve(twice);
  EXPECT_EQ(twice.status, 401) << "two Authorization headers, even equal ones";
}

TEST_F(KeyAuth, AzuresHeaderIsAThirdPlace) {
  add_key({"*"});
  FakeExchange alone{io.get_executor(), http::Method::get, "/v1/models"};
  alone.with("api-key", key);
  serve(alone);
  EXPECT_EQ(alone.status, 200);
  auto all = get("/v1/models");
  all.with("x-api-key", key).with("Api-Key", key);
  serve(all);
  EXPECT_EQ(all.status, 200) << "three times the same is one";
  for (auto const* place : {"x-api-key", "api-key"}) {
    auto differ = get("/v1/models");
    differ.with(place, "tsg-other");
    serve(differ);
    EXPECT_EQ(differ.status, 401) << place;
  }
}

// An SDK that insists on a key of its own sends it beside the right one; the body alone would not say so.
TEST_F(KeyAuth, TwoKeysThatDifferAreNamedInTheChallengeAndTheRecordAndNowhereElse) {
  add_key({"*"});
  FakeExchange wrong{io.get_executor(), http::Method::get, "/v1/models"};
  wrong.with("authorization", "Bearer unused");
  serve(wrong);
  FakeExchange two{io.get_executor(), http::Method::get, "/v1/models"};
  two.with("authorization", "Bearer unused").with("x-api-key", key);
  serve(two);
  EXPECT_EQ(two.status, 401);
  EXPECT_EQ(two.sent, wrong.sent) << "the body is the same for every bad key";
  EXPECT_EQ(wrong.headers.get("www-authenticate"), "Bearer realm=\"tsg\"");
  EXPECT_NE(two.headers.get("www-authenticate").find("Several keys came that differ"), std::string::npos);
  auto const all = records();
  ASSERT_EQ(all.size(), 2u);
  EXPECT_EQ(all[0]["detail"], "several keys that differ");
  EXPECT_FALSE(all[1].contains("detail"));
  EXPECT_EQ(all[0].dump().find("unused"), std::string::npos);
}

TEST_F(KeyAuth, TheFrontPageSaysWhatThisIsToWhoHasNoKey) {
  FakeExchange program{io.get_executor(), http::Method::get, "/"};
  serve(program);
  EXPECT_EQ(program.status, 200);
  EXPECT_EQ(program.json()["name"], "ThreadSync LLM Gateway");
  FakeExchange person{io.get_executor(), http::Method::get, "/"};
  person.with("accept", "text/html,application/xhtml+xml");
  serve(person);
  EXPECT_TRUE(person.headers.get("content-type").starts_with("text/html"));
  EXPECT_NE(person.sent.find("/v1/chat/completions"), std::string::npos);
  EXPECT_TRUE(records().empty());
  FakeExchange post{io.get_executor(), http::Method::post, "/"};
  serve(post);
  EXPECT_EQ(post.status, 401);
}

TEST_F(KeyAuth, TheSchemeIsReadInAnyCase) {
  add_key({"*"});
  auto const value = "bEARER " + key;
  FakeExchange x{io.get_executor(), http::Method::get, "/v1/models"};
  x.with("Authorization", value);
  serve(x);
  EXPECT_EQ(x.status, 200);
}

TEST_F(KeyAuth, ARecordOfAStrangerNamesNobody) {
  auto x = get("/v1/models");
  serve(x);
  auto const r = record();
  EXPECT_EQ(r["verdict"], "deny");
  EXPECT_EQ(r["status"], 401);
  EXPECT_EQ(r["client_net"], "192.0.2.0/24");
  EXPECT_FALSE(r.contains("key_id"));
  EXPECT_EQ(r.dump().find(key), std::string::npos);
}

}  // namespace
}  // namespace tsg::pipeline::test
