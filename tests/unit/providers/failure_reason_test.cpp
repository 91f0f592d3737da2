// The reason in an error body reaches the client whatever shape it has.
#include "providers/failure_reason.hpp"

#include "unit/providers/request_fixture.hpp"

namespace tsg::providers {
namespace failure_reason_test {

struct Shape400 {
  std::string_view body, reason, param;
};
TEST(FailureReason, EveryUsualShapeIsRead) {
  for (
      auto const& [body, reason, param] :
      {Shape400{R"({"error":{"message":"bad n","type":"invalid_request_error","param":"n","code":null}})",
                "bad n", "n"},
       Shape400{R"({"error":"bad n"})", "bad n", ""},
       Shape400{R"({"message":"bad n"})", "bad n", ""},
       Shape400{R"({"msg":"bad n","code":1210})", "bad n", ""},
       Shape400{R"({"Message":"bad n"})", "bad n", ""},
       Shape400{R"({"detail":"bad n"})", "bad n", ""},
       Shape400{
           R"({"detail":[{"type":"missing","loc":["body","messages",0,"content"],"msg":"Field required","input":{}}]})",
           "messages.0.content: Field required", "messages.0.content"},
       Shape400{
           R"({"detail":[{"loc":["body","n"],"msg":"too small"},{"loc":["body","top_p"],"msg":"too large"}]})",
           "n: too small; top_p: too large", "n"},
       Shape400{R"({"detail":{"error":{"message":"bad n"}}})", "bad n", ""},
       Shape400{R"({"object":"error","message":"bad n","type":"BadRequestError","param":"n","code":400})",
                "bad n", "n"},
       Shape400{
           R"({"object":"error","message":{"detail":[{"loc":["body","n"],"msg":"bad"}]},"type":"invalid_request_error"})",
           "n: bad", "n"},
       Shape400{R"({"errors":["bad n","bad m"]})", "bad n; bad m", ""},
       Shape400{R"({"errors":[{"message":"bad n","code":"7"}]})", "bad n", ""},
       Shape400{R"({"errors":{"n":["must be positive"]}})", "n: must be positive", "n"},
       Shape400{R"({"error":{"errors":[{"reason":"bad n"}]}})", "bad n", ""},
       Shape400{R"({"error":["bad n"]})", "bad n", ""},
       Shape400{R"({"error":{"msg":"bad n"}})", "bad n", ""},
       Shape400{R"({"error":{"error":{"message":"bad n"}}})", "bad n", ""},
       Shape400{R"({"error":{"message":"{\"error\":{\"message\":\"bad n\",\"param\":\"n\"}}"}})", "bad n",
                "n"},
       Shape400{R"({"error":"{\"detail\":\"bad n\"}"})", "bad n", ""},
       Shape400{R"({"type":"about:blank","title":"Bad Request","detail":"bad n","status":400})", "bad n", ""},
       Shape400{R"({"error":"invalid_request","error_description":"bad n"})", "invalid_request", ""},
       Shape400{R"([{"error":{"message":"bad n"}}])", "bad n", ""},
       Shape400{R"([{"loc":["body","n"],"msg":"bad"},{"loc":["body","m"],"msg":"bad"}])", "n: bad; m: bad",
                ""},
       Shape400{"bad n", "bad n", ""},
       Shape400{"data: {\"error\":{\"message\":\"bad n\",\"param\":\"n\"}}\n\ndata: [DONE]\n\n", "bad n",
                "n"},
       Shape400{"event: error\ndata: {\"message\":\"bad n\"}\n\n", "bad n", ""},
       Shape400{"event: error\n", "event: error ", ""},

       Shape400{"\r\n  bad n\n", "bad n ", ""},
       Shape400{R"("bad n")", "bad n", ""},
       Shape400{R"({"status":"error","data":{"reason":"bad n"}})", "bad n", ""},
       Shape400{"<html><body>nginx</body></html>", "", ""},
       Shape400{"", "", ""},
       Shape400{R"({"code":400})", "", ""},
       Shape400{R"({"detail":[]})", "", ""},
       Shape400{"{\"error\":", "{\"error\":", ""}}) {
    auto const e = adapter_for("openai")->decode_error(400, body, no_field);
    EXPECT_EQ(e.code(), Errc::provider_rejected) << body;
    EXPECT_EQ(e.message(), reason) << body;
    EXPECT_TRUE(param.empty() || e.peek()->param == param) << body << e.peek()->param;
  }
}

TEST(FailureReason, TheWordsAreSanitisedAndOnlyAboutTheClientsOwnRequest) {
  auto const& openai = *adapter_for("openai");
  EXPECT_EQ(openai
                .decode_error(
                    422, R"({"detail":[{"loc":["body","key"],"msg":"sk-abcdef1234567890abcdef is wrong"}]})",
                    no_field)
                .message(),
            "key: [redacted] is wrong");
  for (int const status : {401, 403, 429, 500, 502, 503})
    EXPECT_EQ(openai.decode_error(status, "connect to 10.0.0.7 refused", no_field).message(), "") << status;
}

TEST(FailureReason, HostileBodiesAreBounded) {
  std::string nested;
  for (int i = 0; i < 100; ++i) nested += R"({"error":)";
  nested += "\"deep\"" + std::string(100, '}');
  EXPECT_EQ(adapter_for("openai")->decode_error(400, nested, no_field).code(), Errc::provider_rejected);
  std::string wide = R"({"errors":[)";
  for (int i = 0; i < 10'000; ++i) wide += R"({"errors":[{"errors":[{}]}]},)";
  EXPECT_EQ(adapter_for("openai")->decode_error(400, wide + "{}]}", no_field).message(), "");
}

TEST(FailureReason, ContextOverflowIsKnownInTheWordsOfLocalServers) {
  for (auto const* message :
       {"This model's maximum context length is 4096 tokens. However, you requested 5000 tokens",
        "request (5000 tokens) exceeds the available context size (4096 tokens), try increasing it",
        "the request exceeds the available context size. try increasing the context size or enable context "
        "shift",
        "The decoder prompt (length 5000) is longer than the maximum model length of 4096.",
        "the input length exceeds the context length",
        "prompt too long; exceeded max context length by 123 tokens",
        "Trying to keep the first 5000 tokens when context the overflows. However, the model is loaded with "
        "context "
        "length of only 4096 tokens, which is not enough.",
        "The number of tokens to keep from the initial prompt is greater than the context length.",
        "Reached context length of 4096 tokens with model (arch: llama) that does not currently support "
        "mid-generation "
        "context overflow.",
        "Input validation error: `inputs` tokens + `max_new_tokens` must be <= 4096. Given: 5000 `inputs` "
        "tokens and 20",
        "Input validation error: `inputs` must have less than 1024 tokens. Given: 5000",
        "The input (5000 tokens) is longer than the model's context length (4096 tokens).",
        "Requested token count exceeds the model's maximum context length of 4096 tokens.",
        "Requested tokens (5000) exceed context window of 4096", "Input is too long for requested model.",
        "too many tokens: total number of tokens in the prompt cannot exceed 4081",
        "Prompt length 5000 is greater than max_seq_len 4096",
        "prompt is too long: 210000 tokens > 200000 maximum",
        "Prompt length (5000) exceeds maximum input length (4096)"})
    for (auto const* form :
         {R"({"error":{"message":"@"}})", R"({"object":"error","message":"@","code":400})", "@"}) {
      std::string body{form};
      body.replace(body.find('@'), 1, message);
      auto const e = adapter_for("openai")->decode_error(400, body, no_field);
      EXPECT_EQ(e.code(), Errc::context_length_exceeded) << body;
      EXPECT_FALSE(e.message().empty());
    }
  EXPECT_EQ(
      adapter_for("openai")
          ->decode_error(500, R"({"error":{"code":500,"message":"x","type":"exceed_context_size_error"}})",
                         no_field)
          .code(),
      Errc::context_length_exceeded);
}

TEST(FailureReason, OtherComplaintsAreNotTakenForContextOverflow) {
  for (auto const* message :
       {"context_length must be positive", "'temperature' must be less than 2", "string too long in 'user'",
        "max_tokens is too large", "image exceeds 5 MB maximum", "too many tools", "tool name too long",
        "number of tokens must be positive"})
    EXPECT_EQ(adapter_for("openai")->decode_error(400, message, no_field).code(), Errc::provider_rejected)
        << message;
  EXPECT_EQ(adapter_for("openai")
                ->decode_error(429, "Request exceeds the context window quota per minute", no_field)
                .code(),
            Errc::provider_rate_limited);
}

TEST(FailureReason, RetryAfterAsADateIsMeasuredByTheAnswersOwnClock) {
  auto const wait = [](std::string_view after, std::string_view date) {
    auto const e = adapter_for("openai")->decode_error(429, "", [=](std::string_view field) {
      return field == "retry-after" ? after : field == "date" ? date : std::string_view{};
    });
    return e.peek()->retry_after ? e.peek()->retry_after->count() : -1;
  };
  EXPECT_EQ(wait("Wed, 21 Oct 2026 07:28:07 GMT", "Wed, 21 Oct 2026 07:28:00 GMT"), 7'000);
  EXPECT_EQ(wait("Wednesday, 21-Oct-26 07:28:07 GMT", "Wed Oct 21 07:28:00 2026"), 7'000);
  EXPECT_EQ(wait("Wed, 21 Oct 2026 07:27:00 GMT", "Wed, 21 Oct 2026 07:28:00 GMT"), 0) << "over already";
  EXPECT_EQ(wait("Fri, 23 Oct 2026 07:28:00 GMT", "Wed, 21 Oct 2026 07:28:00 GMT"), -1) << "beyond a day";
  EXPECT_EQ(wait("Wed, 21 Oct 2026 07:28:07 GMT", ""), -1);
  EXPECT_EQ(wait("Wed, 21 Oct 2026 07:28:07 GMT", "yesterday"), -1);
  EXPECT_EQ(wait("1.5", "Wed, 21 Oct 2026 07:28:00 GMT"), 1'500);
}

}  // namespace failure_reason_test
}  // namespace tsg::providers
