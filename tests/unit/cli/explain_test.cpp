#include "cli/explain.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace tsg::cli {
namespace {

TEST(Explained, ValuesAreLinesAndListsAreTables) {
  auto const record = nlohmann::ordered_json::parse(R"({
    "seq": 7, "verdict": "allow", "usage": {"input": 12, "output": 34}, "after": {"models": {"deny": ["x"]}},
    "limits": [{"source": "limit org/acme v1 requests_per_minute", "limit": 3, "remaining": 2}],
    "candidates": [{"target": "openai/gpt-4o", "reason": "chosen"}, {"target": "xai/grok"}]})");
  EXPECT_EQ(explained(record), R"(seq      7
verdict  allow
usage    input 12, output 34
after    {"models":{"deny":["x"]}}

limits
SOURCE                                 LIMIT  REMAINING
limit org/acme v1 requests_per_minute  3      2

candidates
TARGET         REASON
openai/gpt-4o  chosen
xai/grok       -
)");
}

TEST(Explained, NothingThatIsRecordedActsOnTheTerminal) {
  auto const record = nlohmann::ordered_json::parse(
      R"({"model_served":"m\u001b[2J","meters":{"in\u0007":1},"after":{"name":"\u202ex"},)"
      R"("attempts":[{"target":"openai/m\u009b0m"}]})");
  auto const text = explained(record);
  EXPECT_EQ(text,
            "model_served  m\\u001b[2J\nmeters        in\\u0007 1\nafter         name \\u202ex\n"
            "\nattempts\nTARGET\nopenai/m\\u009b0m\n");
}

}  // namespace
}  // namespace tsg::cli
