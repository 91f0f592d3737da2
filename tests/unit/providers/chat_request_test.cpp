#include "unit/providers/request_fixture.hpp"

namespace tsg::providers {
namespace chat_request_test {

std::string with(std::string_view members) {
  return R"({"model":"m","messages":[{"role":"user","content":"hi"}])" + std::string{members} + "}";
}
std::string saying(std::string_view message) {
  return R"({"model":"m","messages":[)" + std::string{message} + "]}";
}

TEST(ChatRequest, FactsOfAnOrdinaryRequest) {
  auto const r = chat(with(
      R"(,"stream":true,"stream_options":{"include_usage":true},"max_tokens":7,"n":2,"user":"u","service_tier":"flex")"));
  EXPECT_EQ(r.model, "m");
  EXPECT_TRUE(r.stream);
  EXPECT_TRUE(r.include_usage);
  EXPECT_FALSE(r.normalized);
  EXPECT_EQ(r.max_tokens, 7);
  EXPECT_EQ(r.n, 2);
  EXPECT_EQ(r.user, "u");
  EXPECT_EQ(r.service_tier, "flex");
  EXPECT_EQ(r.message_count, 1u);
  EXPECT_EQ(r.text_bytes, 2u);
}

TEST(ChatRequest, NullIsAbsentAndUnknownMembersAreNobodysBusiness) {
  auto const r = chat(
      with(R"(,"stream":null,"n":null,"max_tokens":null,"tools":null,"stop":null,"x_vendor":{"a":[1]})"));
  EXPECT_FALSE(r.stream);
  EXPECT_EQ(r.n, 1);
  EXPECT_FALSE(r.max_tokens);
  EXPECT_FALSE(r.tools);
}

TEST(ChatRequest, NormalizedModeBringsUsageWithStreamsOnly) {
  EXPECT_TRUE(chat(with(R"(,"system":"s","stream":true)")).include_usage);
  auto const r = chat(with(R"(,"system":"be brief")"));
  EXPECT_TRUE(r.normalized);
  EXPECT_FALSE(r.include_usage);
  EXPECT_EQ(*r.system, "be brief");
  EXPECT_EQ(r.text_bytes, 10u);
}

TEST(ChatRequest, CountsWhatReachesTheModel) {
  auto const r = chat(R"({"model":"m","messages":[
    {"role":"assistant","content":null,"tool_calls":[{"id":"c1","type":"function","function":{"name":"f","arguments":"{}"}}]},
    {"role":"tool","tool_call_id":"c1","content":[{"type":"text","text":"42"}]},
    {"role":"user","content":[{"type":"image_url","image_url":{"url":"https://x/y.png"}},
      {"type":"input_audio","input_audio":{"data":"AAAA","format":"wav"}},
      {"type":"file","file":{"file_data":"data:application/pdf;base64,JVBE"}}]}],
    "tools":[{"type":"function","function":{"name":"f"}}],"response_format":{"type":"json_schema","json_schema":{"name":"n"}}})");
  EXPECT_TRUE(r.tools && r.images && r.audio_in && r.files && r.json_schema);
  EXPECT_FALSE(r.server_tools || r.audio_out);
  EXPECT_EQ(r.image_count, 1u);
  EXPECT_EQ(r.file_count, 1u);
  EXPECT_EQ(r.media_bytes, 4u + 32u);
  // call id, name, arguments; tool_call_id, text; tools and response_format as written
  EXPECT_EQ(r.text_bytes, 2u + 1u + 2u + 2u + 2u + 45u + 49u);
  EXPECT_TRUE(r.unmeasured.empty());
}

struct Bad {
  char const* body;
  char const* param;
};
class Refused : public testing::TestWithParam<Bad> {};
TEST_P(Refused, NamesTheMember) {
  auto const r = read_chat_request(GetParam().body, {});
  ASSERT_FALSE(r) << GetParam().body;
  EXPECT_EQ(r.error().code(), Errc::bad_request);
  EXPECT_EQ(r.error().peek()->param, GetParam().param) << GetParam().body;
}
std::string const keep[] = {
    with(R"(,"stream":1)"),
    with(R"(,"n":0)"),
    with(R"(,"n":129)"),
    with(R"(,"n":1.5)"),
    with(R"(,"max_tokens":"7")"),
    with(R"(,"max_tokens":0)"),
    with(R"(,"max_tokens":1e400)"),
    with(R"(,"max_tokens":5,"max_completion_tokens":6)"),
    with(R"(,"system":7)"),
    with(R"(,"system":null)"),
    with(R"(,"stream_options":{})"),
    with(R"(,"stream":true,"stream_options":{"include_usage":"yes"})"),
    with(R"(,"tools":{})"),
    with(R"(,"tools":[1])"),
    with(R"(,"tools":[{"type":"function","function":{}}])"),
    with(R"(,"response_format":{"type":"json_schema"})"),
    with(R"(,"temperature":"hot")"),
    with(R"(,"logprobs":"yes")"),
    with(R"(,"modalities":["text",2])"),
    saying(R"({"role":"user","content":7})"),
    saying(R"({"role":"wizard","content":"x"})"),
    saying(R"({"role":"user","content":"a"},{"role":"user","content":"b"},{"content":"c"})"),
    saying(R"({"role":"user"})"),
    saying(R"({"role":"tool","content":"x"})"),
    saying(R"({"role":"user","content":[{"type":"text"}]})"),
    saying(R"({"role":"user","content":[{"type":"image_url","image_url":"u"}]})"),
    saying(
        R"({"role":"assistant","tool_calls":[{"id":"a","type":"function","function":{"name":"f","arguments":{}}}]})")};
INSTANTIATE_TEST_SUITE_P(
    ChatRequest, Refused,
    testing::Values(
        Bad{R"({"messages":[]})", "model"}, Bad{R"({"model":7,"messages":[]})", "model"},
        Bad{R"({"model":"","messages":[]})", "model"}, Bad{R"({"model":"a b","messages":[]})", "model"},
        Bad{R"({"model":"m"})", "messages"}, Bad{R"({"model":"m","messages":[]})", "messages"},
        Bad{R"({"model":"m","messages":{}})", "messages"},
        Bad{R"({"model":"m","messages":["x"]})", "messages[0]"}, Bad{keep[0].c_str(), "stream"},
        Bad{keep[1].c_str(), "n"}, Bad{keep[2].c_str(), "n"}, Bad{keep[3].c_str(), "n"},
        Bad{keep[4].c_str(), "max_tokens"}, Bad{keep[5].c_str(), "max_tokens"},
        Bad{keep[7].c_str(), "max_tokens"}, Bad{keep[8].c_str(), "system"}, Bad{keep[9].c_str(), "system"},
        Bad{keep[10].c_str(), "stream_options"}, Bad{keep[11].c_str(), "stream_options.include_usage"},
        Bad{keep[12].c_str(), "tools"}, Bad{keep[13].c_str(), "tools[0]"},
        Bad{keep[14].c_str(), "tools[0].function.name"}, Bad{keep[15].c_str(), "response_format.json_schema"},
        Bad{keep[16].c_str(), "temperature"}, Bad{keep[17].c_str(), "logprobs"},
        Bad{keep[18].c_str(), "modalities"}, Bad{keep[19].c_str(), "messages[0].content"},
        Bad{keep[20].c_str(), "messages[0].role"}, Bad{keep[21].c_str(), "messages[2].role"},
        Bad{keep[22].c_str(), "messages[0].content"}, Bad{keep[23].c_str(), "messages[0].tool_call_id"},
        Bad{keep[24].c_str(), "messages[0].content[0].text"},
        Bad{keep[25].c_str(), "messages[0].content[0].image_url"},
        Bad{keep[26].c_str(), "messages[0].tool_calls[0].function.arguments"}));

TEST(ChatRequest, HugeNumbersAreRefused) {
  auto const r = read_chat_request(keep[6], {});
  ASSERT_FALSE(r);
  EXPECT_EQ(r.error().code(), Errc::bad_request);
}

TEST(InputBound, BytesBoundTextAndMediaHaveTheirOwn) {
  auto const text = input_bound(chat(with(""))).tokens.value();
  EXPECT_GE(text, 2);
  EXPECT_LT(text, 200);
  auto const image = input_bound(chat(
      saying(R"({"role":"user","content":[{"type":"image_url","image_url":{"url":"https://x/a.png"}}]})")));
  EXPECT_GE(image.tokens.value(), 48'169);  // the dearest known image
}

TEST(InputBound, WhatCannotBeMeasuredHasNone) {
  for (auto const* body :
       {R"({"role":"user","content":[{"type":"file","file":{"file_id":"file-1"}}]})",
        R"({"role":"user","content":[{"type":"video_url","video_url":{"url":"https://x"}}]})",
        R"({"role":"assistant","audio":{"id":"audio_1"}})"}) {
    auto const bound = input_bound(chat(saying(body)));
    EXPECT_FALSE(bound.tokens) << body;
    EXPECT_FALSE(bound.why_unbounded.empty());
  }
}

TEST(InputBound, WhatSearchesBringInIsNoPartOfTheRequest) {
  for (auto const* more : {R"(,"web_search_options":{})", R"(,"tools":[{"type":"web_search"}])"}) {
    auto const request = chat(with(more));
    EXPECT_TRUE(request.server_tools);
    EXPECT_TRUE(input_bound(request).tokens) << "the adapters know what limits a search";
  }
}

TEST(Embeddings, InputsInAllFourForms) {
  for (auto const* input : {R"("a")", R"(["a","b"])", "[1,2]", "[[1],[2,3]]"}) {
    auto const r = read_embeddings_request(R"({"model":"m","input":)" + std::string{input} + "}", {});
    ASSERT_TRUE(r) << input;
    EXPECT_EQ(r->encoding_format, "float");
    EXPECT_EQ(r->operation, Operation::embeddings);
  }
  for (auto const* input : {"7", "[]", R"([{"a":1}])", "[1.5]", R"([["a"]])", "null"})
    EXPECT_FALSE(read_embeddings_request(R"({"model":"m","input":)" + std::string{input} + "}", {})) << input;
  EXPECT_FALSE(read_embeddings_request(R"({"model":"m","input":"a","encoding_format":"int8"})", {}));
}

}  // namespace chat_request_test
}  // namespace tsg::providers
