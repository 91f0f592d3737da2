// OpenAI-shaped twins of Agent API requests. Nobody publishes a recording of what the Agent API was asked, so
// the native side follows the wire reference (§5.2, §5.3); Sonar's twins are recordings (tests/replay).
#include <nlohmann/json.hpp>

#include "unit/providers/request_fixture.hpp"

namespace tsg::providers {
namespace perplexity_twins_test {

using Json = nlohmann::json;

struct Twin {
  std::string name;
  std::string chat, agent;  // members beside `kAsk`, and beside what is always sent
  std::string model = "openai/gpt-5.5";
};

constexpr auto kAsk = R"({"messages":[{"role":"user","content":"x"}]})";
// A limit always goes along, since anthropic/* needs one.
constexpr auto kSent = R"({"input":[{"type":"message","role":"user","content":"x"}],"max_output_tokens":4096,
                           "stream":false,"store":false})";

Json merged(std::string const& base, std::string const& members) {
  auto out = Json::parse(base);
  out.update(Json::parse(members));
  return out;
}

std::vector<Twin> const kTwins{
    {"Plain", "{}", "{}"},
    {"Instructions",
     R"({"messages":[{"role":"developer","content":"Be brief"},{"role":"user","content":"x"}]})",
     R"({"input":[{"type":"message","role":"developer","content":"Be brief"},
                  {"type":"message","role":"user","content":"x"}]})"},
    {"Turns",
     R"({"messages":[{"role":"user","content":"a"},{"role":"assistant","content":"b"},{"role":"user","content":"c"}]})",
     R"({"input":[{"type":"message","role":"user","content":"a"},
                  {"type":"message","role":"assistant","content":[{"type":"output_text","text":"b"}]},
                  {"type":"message","role":"user","content":"c"}]})"},
    {"Image", R"({"messages":[{"role":"user","content":[{"type":"text","text":"what"},
                  {"type":"image_url","image_url":{"url":"data:image/png;base64,iVBORw0KGgo=","detail":"low"}}]}]})",
     R"({"input":[{"type":"message","role":"user","content":[{"type":"input_text","text":"what"},
                  {"type":"input_image","image_url":"data:image/png;base64,iVBORw0KGgo="}]}]})"},
    {"Function",
     R"({"tools":[{"type":"function","function":{"name":"f","description":"d","parameters":{},"strict":true}}]})",
     R"({"tools":[{"type":"function","name":"f","description":"d","parameters":{},"strict":true}]})"},
    {"NamedFunction", R"({"tools":[{"type":"function","function":{"name":"f","parameters":{},"strict":true}}],
                          "tool_choice":{"type":"function","function":{"name":"f"}}})",
     R"({"tools":[{"type":"function","name":"f","parameters":{},"strict":true}],
         "tool_choice":{"type":"function","name":"f"}})"},
    {"OneCallAtATime",
     R"({"tools":[{"type":"function","function":{"name":"f","parameters":{},"strict":true}}],
                           "tool_choice":"required","parallel_tool_calls":false})",
     R"({"tools":[{"type":"function","name":"f","parameters":{},"strict":true}],
         "tool_choice":"required","parallel_tool_calls":false})"},
    {"ResultOfACall", R"({"messages":[{"role":"user","content":"x"},
                          {"role":"assistant","content":null,"tool_calls":[
                            {"id":"c1","type":"function","function":{"name":"f","arguments":"{}"}}]},
                          {"role":"tool","tool_call_id":"c1","content":"42"}]})",
     R"({"input":[{"type":"message","role":"user","content":"x"},
                  {"type":"function_call","call_id":"c1","name":"f","arguments":"{}"},
                  {"type":"function_call_output","call_id":"c1","output":"42"}]})"},
    {"Format",
     R"({"response_format":{"type":"json_schema","json_schema":{"name":"n","schema":{},"strict":true}}})",
     R"({"response_format":{"type":"json_schema","json_schema":{"name":"n","schema":{},"strict":true}}})"},
    {"Effort", R"({"reasoning_effort":"low"})", R"({"reasoning":{"effort":"low"}})"},
    {"SamplingAndLimit", R"({"temperature":0.25,"top_p":0.5,"max_tokens":100,"stream":true})",
     R"({"temperature":0.25,"top_p":0.5,"max_output_tokens":100,"stream":true})"},
    {"SonarSearches", "{}",
     R"({"tools":[{"type":"web_search","max_tokens":10000}],"tool_choice":{"type":"web_search"},
         "max_tool_calls":3,"max_steps":4})",
     "perplexity/sonar"},
    {"SonarFilters",
     R"({"search_domain_filter":["example.org","-pinterest.com"],"search_recency_filter":"week",
                         "web_search_options":{"search_context_size":"low","user_location":{"country":"DE"}}})",
     R"({"tools":[{"type":"web_search","max_tokens":10000,"search_context_size":"low","user_location":{"country":"DE"},
                   "filters":{"search_domain_filter":["example.org","-pinterest.com"],"search_recency_filter":"week"}}],
         "tool_choice":{"type":"web_search"},"max_tool_calls":3,"max_steps":4})",
     "perplexity/sonar"},
    {"SonarSilent", R"({"disable_search":true})", "{}", "perplexity/sonar"},
};

class PerplexityTwins : public testing::TestWithParam<Twin> {};

TEST_P(PerplexityTwins, MeanTheSame) {
  static auto const catalog = catalog::Catalog::load(catalog::Catalog::built_in()).catalog;
  auto const& twin = GetParam();
  auto asked = merged(kAsk, twin.chat), wanted = merged(kSent, twin.agent);
  asked["model"] = wanted["model"] = twin.model;
  auto context = to_model(twin.model);
  context.model = context.family = catalog->find("perplexity", twin.model);
  ASSERT_NE(context.model, nullptr);
  auto const out = adapter_for("perplexity")->encode(chat(asked.dump()), context);
  ASSERT_TRUE(out) << out.error().message();
  EXPECT_EQ(out->path, "/v1/agent");
  EXPECT_EQ(Json::parse(out->body), wanted);
}

INSTANTIATE_TEST_SUITE_P(Agent, PerplexityTwins, testing::ValuesIn(kTwins),
                         [](auto const& instance) { return instance.param.name; });

}  // namespace perplexity_twins_test
}  // namespace tsg::providers
