#include "cli/explain.hpp"

#include <gtest/gtest.h>

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

}  // namespace
}  // namespace tsg::cli
