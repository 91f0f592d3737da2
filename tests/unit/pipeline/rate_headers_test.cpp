#include "pipeline/rate_headers.hpp"

#include <gtest/gtest.h>

#include <map>
#include <string>

namespace tsg::pipeline {
namespace {

std::optional<std::int64_t> left(std::map<std::string, std::string, std::less<>> const& head,
                                 std::string_view dialect = "openai") {
  return remaining_permille(providers::dialect(dialect)->rate_headers,
                            [&](std::string_view name) -> std::optional<std::string_view> {
                              auto const it = head.find(name);
                              if (it == head.end()) return std::nullopt;
                              return it->second;
                            });
}

TEST(RateHeaders, the_fullest_limit_counts) {
  EXPECT_EQ(left({{"x-ratelimit-limit-requests", "500"},
                  {"x-ratelimit-remaining-requests", "400"},
                  {"x-ratelimit-limit-tokens", "30000"},
                  {"x-ratelimit-remaining-tokens", "3000"}}),
            100);
  EXPECT_EQ(
      left({{"anthropic-ratelimit-requests-limit", "50"}, {"anthropic-ratelimit-requests-remaining", "0"}},
           "anthropic"),
      0);
}

TEST(RateHeaders, nonsense_says_nothing) {
  EXPECT_EQ(left({}), std::nullopt);
  EXPECT_EQ(left({{"x-ratelimit-limit-requests", "-1"}, {"x-ratelimit-remaining-requests", "-1"}}),
            std::nullopt);
  EXPECT_EQ(left({{"x-ratelimit-limit-requests", "0"}, {"x-ratelimit-remaining-requests", "0"}}),
            std::nullopt);
  EXPECT_EQ(left({{"x-ratelimit-limit-requests", "5x"}, {"x-ratelimit-remaining-requests", "5"}}),
            std::nullopt);
  EXPECT_EQ(left({{"x-ratelimit-remaining-requests", "5"}}), std::nullopt);
}

}  // namespace
}  // namespace tsg::pipeline
