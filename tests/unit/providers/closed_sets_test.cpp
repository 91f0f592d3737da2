// Every parameter whose values are a closed set, on every dialect: a value that nobody knows is refused with
// the values that are taken, and what evidently means one of them is taken for it. It is never left out, and
// never sent on as something else. In the client's own dialect the provider judges its own words: there it
// arrives as it was, unless what is paid hangs on it. OpenAI's other API is OpenAI's too, but what has to be
// put into another form there has to be understood first.
#include "unit/providers/every_dialect.hpp"

namespace tsg::providers {
namespace closed_sets_test {

using every::Json;
using every::kWays;
using every::Way;

std::string const kTools =
    R"("tools":[{"type":"function","function":{"name":"lookup"}},{"type":"function","function":{"name":"other"}}])";

struct Case {
  std::string members;  // with the value that nobody knows
  std::string param;    // what the refusal names
  std::string way_out;  // a value that it lists
  std::string value;    // where bytes go on as they are: what must still be in them
  bool moved = false;   // OpenAI's Responses has the same word in another place
};
std::ostream& operator<<(std::ostream& out, Case const& c) {
  return out << c.members;
}

std::vector<Case> const kCases{
    {R"({"tool_choice":"banana",)" + kTools + "}", "tool_choice", "required", "banana"},
    {R"({"tool_choice":{"type":"banana"},)" + kTools + "}", "tool_choice", "required", "banana"},
    {R"({"tool_choice":{"type":"function","function":{"name":""}},)" + kTools + "}", "tool_choice",
     "required", "function"},
    {R"({"tool_choice":{"type":"function","function":{"name":"absent"}},)" + kTools + "}", "tool_choice",
     "absent", "absent"},
    {R"({"tool_choice":{"type":"tool","name":"absent"},)" + kTools + "}", "tool_choice", "absent", "absent"},
    {R"({"tool_choice":{"type":"allowed_tools","allowed_tools":{"mode":"banana","tools":[{"type":"function","function":{"name":"lookup"}}]}},)" +
         kTools + "}",
     "tool_choice", "required", "banana"},
    {R"({"tool_choice":{"type":"allowed_tools","allowed_tools":{"mode":"auto","tools":[{"type":"function","function":{"name":"absent"}}]}},)" +
         kTools + "}",
     "tool_choice", "absent", "absent"},
    {R"({"tool_choice":"required"})", "tool_choice", "tools", "required"},
    {R"({"function_call":"banana","functions":[{"name":"lookup"}]})", "function_call", "auto", "banana"},
    {R"({"function_call":{"name":"absent"},"functions":[{"name":"lookup"}]})", "function_call", "absent",
     "absent"},
    {R"({"response_format":{"type":"grammar"}})", "response_format", "json_schema", "grammar"},
    {R"({"reasoning_effort":"banana"})", "reasoning_effort", "high", "banana", true},
    {R"({"service_tier":"banana"})", "service_tier", "default", "banana", true},
    {R"({"verbosity":"banana"})", "verbosity", "high", "banana", true},
    {R"({"prompt_cache_retention":"banana"})", "prompt_cache_retention", "24h", "banana", true},
    {R"({"prediction":{"type":"banana","content":"x"}})", "prediction", "content", "banana"},
    {R"({"web_search_options":{"search_context_size":"banana"}})", "web_search_options", "medium", "banana",
     true},
    {R"({"web_search_options":{"user_location":{"type":"banana","approximate":{"country":"CH"}}}})",
     "web_search_options", "approximate", "banana"},
    {R"({"modalities":["banana"]})", "modalities", "", "banana"},
    {R"({"messages":[{"role":"user","content":[{"type":"image_url","image_url":{"url":"https://e.org/a.png","detail":"banana"}}]}]})",
     "messages[0].content[0]", "high", "banana", true},
    {R"({"messages":[{"role":"user","content":[{"type":"input_audio","input_audio":{"data":"AAAA","format":"banana"}}]}]})",
     "messages", "", "banana"},
};

class ClosedSets : public testing::TestWithParam<Way> {};

TEST_P(ClosedSets, AValueThatNobodyKnowsIsRefusedWithThoseThatAreTaken) {
  for (auto const& c : kCases) {
    auto const out = every::encode(GetParam(), c.members);
    bool const own = every::own_dialect(GetParam(), c.members);
    if (own || (GetParam().dialect == "openai" && c.moved)) {
      ASSERT_TRUE(out) << c << ": " << out.error().message();  // judged by who knows
      EXPECT_NE(out->body.find(c.value), std::string::npos) << c << " -> " << out->body;
      EXPECT_TRUE(out->dropped.empty()) << c;
      continue;
    }
    if (out) {
      ADD_FAILURE() << c << " -> " << out->body;
      continue;
    }
    auto const* d = out.error().peek();
    EXPECT_TRUE(out.error().code() == Errc::unsupported_parameter || out.error().code() == Errc::bad_request);
    EXPECT_TRUE(d->param.starts_with(c.param)) << c << ": " << d->param;
    // A parameter that the target does not have at all has no values to list.
    bool const lists =
        d->message.find("must be") == std::string::npos || d->message.find(c.way_out) != std::string::npos;
    EXPECT_TRUE(lists) << c << ": " << d->message;
  }
}

// What frameworks and clients of other APIs send. `forced` names the function that must be called.
TEST_P(ClosedSets, ChoicesInTheWordsOfOtherApisAreTakenForWhatTheyMean) {
  struct Form {
    std::string choice, same_as;
  };
  std::vector<Form> const forms{
      {R"("any")", R"("required")"},
      {R"({"type":"any"})", R"("required")"},
      {R"({"type":"auto"})", R"("auto")"},
      {R"({"type":"none"})", R"("none")"},
      {R"({"type":"required"})", R"("required")"},
      {R"("lookup")", R"({"type":"function","function":{"name":"lookup"}})"},
      {R"({"type":"tool","name":"lookup"})", R"({"type":"function","function":{"name":"lookup"}})"},
      {R"({"type":"function","name":"lookup"})", R"({"type":"function","function":{"name":"lookup"}})"},
      {R"({"function":{"name":"lookup"}})", R"({"type":"function","function":{"name":"lookup"}})"},
  };
  if (GetParam().same || GetParam().dialect == "perplexity-sonar") return;  // judged there; has no tools
  for (auto const& form : forms) {
    auto const members = [](std::string const& choice) {
      return R"({"tool_choice":)" + choice + "," + kTools + "}";
    };
    EXPECT_EQ(every::sent(GetParam(), members(form.choice)), every::sent(GetParam(), members(form.same_as)))
        << form.choice;
  }
  auto const flat = every::encode(
      GetParam(),
      R"({"tool_choice":{"type":"allowed_tools","mode":"auto","tools":[{"type":"function","name":"lookup"}]},)" +
          kTools + "}");
  auto const nested = every::encode(
      GetParam(),
      R"({"tool_choice":{"type":"allowed_tools","allowed_tools":{"mode":"auto","tools":[{"type":"function","function":{"name":"lookup"}}]}},)" +
          kTools + "}");
  ASSERT_EQ(flat.has_value(), nested.has_value());
  EXPECT_EQ(flat ? flat->body : "", nested ? nested->body : "");
}

TEST_P(ClosedSets, AnthropicsPlaceForOneCallAtATimeIsHeeded) {
  auto const way = GetParam();
  if (way.dialect != "anthropic" && way.dialect != "perplexity") return;
  auto const body =
      every::sent(way, R"({"tool_choice":{"type":"auto","disable_parallel_tool_use":true},)" + kTools + "}");
  EXPECT_TRUE(body.dump().find(R"("disable_parallel_tool_use":true)") != std::string::npos ||
              body.value("parallel_tool_calls", true) == false)
      << body;
}

INSTANTIATE_TEST_SUITE_P(EveryDialect, ClosedSets, testing::ValuesIn(kWays));

}  // namespace closed_sets_test
}  // namespace tsg::providers
