#include "tsg/usage/report.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace tsg::usage {
namespace {

store::UsageRow row() {
  store::UsageRow r;
  r.day_ms = 1'795'478'400'000;
  r.org = "acme";
  r.team = "core";
  r.model = "=cmd|' /C calc'!A0";
  r.sum.requests = 2;
  r.sum.input_tokens = 10;
  r.sum.cached_input_tokens = 3;
  r.sum.output_tokens = 5;
  r.sum.cost = Nano{7'505'000};
  r.sum.estimated = Nano{5};
  r.sum.estimated_requests = 1;
  return r;
}

TEST(Report, hasTheColumnsThatWereAskedForInTheirOrder) {
  auto const columns = parse_group_by("day,team,model").value();
  auto const json = nlohmann::ordered_json::parse(report_json({row()}, columns));
  EXPECT_EQ(
      json["data"][0].dump(),
      R"({"day":"2026-11-24","team":"acme.core","model":"=cmd|' /C calc'!A0","requests":2,"input_tokens":10,)"
      R"("cached_input_tokens":3,"output_tokens":5,"cost_usd":"0.007505","estimated_usd":"0.000000005",)"
      R"("estimated_requests":1,"unpriced_requests":0})");
  EXPECT_EQ(report_csv({row()}, columns),
            "day,team,model,requests,input_tokens,cached_input_tokens,output_tokens,cost_usd,estimated_usd,"
            "estimated_requests,unpriced_requests\r\n"
            "2026-11-24,acme.core,\"'=cmd|' /C calc'!A0\",2,10,3,5,0.007505,0.000000005,1,0\r\n");
}

TEST(Report, withoutGroupsIsOneSum) {
  EXPECT_EQ(report_csv({row()}, Columns{}),
            "requests,input_tokens,cached_input_tokens,output_tokens,cost_usd,estimated_usd,"
            "estimated_requests,unpriced_requests\r\n"
            "2,10,3,5,0.007505,0.000000005,1,0\r\n");
}

TEST(Report, anUnknownColumnIsNamed) {
  auto const wrong = parse_group_by("org,colour");
  ASSERT_FALSE(wrong);
  EXPECT_NE(wrong.error().message().find("colour"), std::string_view::npos);
  EXPECT_TRUE(parse_group_by("team")->group.org) << "teams of two organisations are not one";
}

}  // namespace
}  // namespace tsg::usage
