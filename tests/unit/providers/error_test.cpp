#include "support/chat_bytes.hpp"
#include "unit/providers/request_fixture.hpp"

namespace tsg::providers {
namespace error_test {

Error error(int status, std::string_view body) {
  return adapter_for("openai")->decode_error(status, body, no_field);
}
std::string object(std::string_view type, std::string_view code, std::string_view message = "m") {
  return R"({"error":{"message":")" + std::string{message} + R"(","type":")" + std::string{type} +
         R"(","param":"messages","code":")" + std::string{code} + R"("}})";
}

struct Case {
  int status;
  std::string body;
  Errc code;
  int shown;
};
class Failures : public testing::TestWithParam<Case> {};
TEST_P(Failures, MapToTheContract) {
  auto const& c = GetParam();
  auto const e = error(c.status, c.body);
  EXPECT_EQ(e.code(), c.code) << c.status << c.body;
  EXPECT_EQ(e.peek()->status, c.shown) << c.status << c.body;
  EXPECT_FALSE(e.peek()->billed);
}
INSTANTIATE_TEST_SUITE_P(
    OpenAi, Failures,
    testing::Values(
        Case{400, object("invalid_request_error", "unsupported_parameter"), Errc::provider_rejected, 400},
        Case{404, object("invalid_request_error", "model_not_found"), Errc::provider_rejected, 404},
        Case{413, "", Errc::provider_rejected, 413}, Case{422, "[]", Errc::provider_rejected, 422},
        Case{410, R"({"error":"Live search is deprecated."})", Errc::provider_rejected, 400},
        Case{400, object("invalid_request_error", "context_length_exceeded"), Errc::context_length_exceeded,
             400},
        Case{400, object("x", "null", "This model's maximum context length is 5"),
             Errc::context_length_exceeded, 400},
        Case{400, object("invalid_request_error", "content_policy_violation"), Errc::content_filter, 400},
        Case{401, object("invalid_request_error", "invalid_api_key"), Errc::provider_auth_failed, 0},
        Case{403, object("request_forbidden", "unsupported_country_region_territory"),
             Errc::provider_auth_failed, 0},
        Case{
            400,
            R"({"code":"Client specified an invalid argument","error":"Incorrect API key provided: na***ys."})",
            Errc::provider_auth_failed, 0},
        Case{402, "", Errc::provider_quota_exhausted, 0},
        Case{429, object("insufficient_quota", "insufficient_quota"), Errc::provider_quota_exhausted, 0},
        Case{429, object("generic", "project_spend_limit_exceeded"), Errc::provider_quota_exhausted, 0},
        Case{429, object("tokens", "rate_limit_exceeded"), Errc::provider_rate_limited, 0},
        Case{429, "<html>", Errc::provider_rate_limited, 0}, Case{408, "", Errc::provider_unavailable, 503},
        Case{500, object("server_error", "null"), Errc::provider_unavailable, 502},
        Case{502, "<html><body>Bad gateway</body></html>", Errc::provider_unavailable, 502},
        Case{503, object("service_unavailable_error", "server_is_overloaded"), Errc::provider_unavailable,
             503},
        Case{529, "", Errc::provider_unavailable, 503}, Case{504, "", Errc::provider_timeout, 0},
        Case{301, "", Errc::provider_unavailable, 502},
        Case{400, R"([{"error":{"message":"bad","code":400,"status":"INVALID_ARGUMENT"}}])",
             Errc::provider_rejected, 400}));

TEST(OpenAiErrors, TheClientReadsTheProvidersWordsOnlyAboutItsOwnRequest) {
  auto const mine =
      error(400, object("invalid_request_error", "invalid_value", "Bad 'n' in project proj_AbC123456."));
  EXPECT_EQ(mine.message(), "Bad 'n' in project [redacted].");
  EXPECT_EQ(mine.peek()->param, "messages");
  auto const ours = error(401, object("invalid_request_error", "invalid_api_key",
                                      "Incorrect API key provided: sk-abcdef123456."));
  EXPECT_EQ(ours.message(), "");
  EXPECT_NE(ours.peek()->provider_text.find("Incorrect API key"), std::string::npos);
  EXPECT_EQ(ours.peek()->provider_text.find("abcdef"), std::string::npos);
}

TEST(OpenAiErrors, RetryHints) {
  auto const wait = [](std::string_view name, std::string_view value) {
    auto const e = adapter_for("openai")->decode_error(
        429, "", [=](std::string_view field) { return field == name ? value : std::string_view{}; });
    return e.peek()->retry_after ? e.peek()->retry_after->count() : -1;
  };
  EXPECT_EQ(wait("retry-after-ms", "644"), 644);
  EXPECT_EQ(wait("retry-after-ms", "1.5"), 1);
  EXPECT_EQ(wait("retry-after", "2"), 2000);
  EXPECT_EQ(wait("retry-after", "0.25"), 250);
  for (auto const* bad : {"-1", "soon", "", "1e99", "Wed, 21 Oct 2026 07:28:00 GMT", "nan", "5 "})
    EXPECT_EQ(wait("retry-after", bad), -1) << bad;
}

// What is told inside a 200 is marked: nothing was produced, so only what was counted all the same is billed.
TEST(ToldInsideA200, IsMarkedInEveryDialect) {
  for (auto const dialect : dialects()) {
    DecodeContext context;
    if (dialect == "perplexity") context.wire = Wire::responses;
    auto const* adapter = adapter_for(dialect);
    auto const answer =
        adapter->decode(R"({"error":{"message":"overloaded","status":"UNAVAILABLE"}})", context);
    ASSERT_FALSE(answer) << dialect;
    EXPECT_TRUE(answer.error().peek()->told) << dialect;
    auto const broken = adapter->decode("{", context);
    ASSERT_FALSE(broken) << dialect;
    EXPECT_FALSE(broken.error().peek()->told) << dialect << ": nonsense may have been billed";

    auto const stream = chat_bytes(*adapter, context);
    std::string out;
    auto const event = "event: error\ndata: {\"type\":\"error\",\"error\":{\"message\":\"overloaded\"}}\n\n";
    auto const fed = stream->feed(event, out);
    ASSERT_FALSE(fed) << dialect;
    EXPECT_TRUE(fed.error().peek()->told) << dialect;
    EXPECT_FALSE(stream->content_started()) << dialect;
  }
}

}  // namespace error_test
}  // namespace tsg::providers
