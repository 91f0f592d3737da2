#include "tsg/governance/policy.hpp"

#include <gtest/gtest.h>

namespace tsg::governance {
namespace {

TEST(PolicyDocument, AnEmptyOneRestrictsNothing) {
  auto const p = parse_policy("{}");
  ASSERT_TRUE(p);
  EXPECT_FALSE(p->models.allow);
  EXPECT_TRUE(p->tools && p->images && p->audio && p->files && p->server_tools);
}

TEST(PolicyDocument, EveryMistakeNamesItsMember) {
  struct Case {
    char const *text, *param;
  };
  Case const cases[] = {
      {R"({"modles":{}})", "modles"},
      {R"({"models":[]})", "models"},
      {R"({"models":{"alow":[]}})", "models.alow"},
      {R"({"models":{"allow":[1]}})", "models.allow"},
      {R"({"models":{"allow":[""]}})", "models.allow"},
      {R"({"tools":"no"})", "tools"},
      {R"({"max_tokens":{"limit":0}})", "max_tokens.limit"},
      {R"({"max_tokens":{}})", "max_tokens.limit"},
      {R"({"max_tokens":{"limit":5,"action":"shrink"}})", "max_tokens.action"},
      {R"({"max_input_bytes":1.5})", "max_input_bytes"},
      {R"({"networks":["10.0.0.1/8"]})", "networks"},
      {R"({"networks":["10.0.0.0/33"]})", "networks"},
      {R"({"time":{}})", "time.windows"},
      {R"({"time":{"windows":[{"days":["monday"]}]}})", "time.windows[0].days"},
      {R"({"time":{"windows":[{"from":"8:00"}]}})", "time.windows[0].from"},
      {R"({"time":{"windows":[{"from":"10:00","to":"10:00"}]}})", "time.windows[0].to"},
      {R"({"time":{"windows":[{"from":"24:00","to":"24:00"}]}})", "time.windows[0].to"},
      {R"({"time":{"windows":[{"from":"24:00","to":"00:00"}]}})", "time.windows[0].to"},
      {R"({"time":{"windows":[{"from":"00:00","to":"00:00"}]}})", "time.windows[0].to"},
      {R"({"environments":["prod","X Y"]})", "environments"},
      {R"({"time":{"utc_offset":"CET","windows":[{}]}})", "time.utc_offset"},
      {R"({"time":{"zone":"Europe/Berlim","windows":[{}]}})", "time.zone"},
      {R"({"time":{"zone":"../../etc/passwd","windows":[{}]}})", "time.zone"},
      {R"({"time":{"zone":"Europe/Berlin","utc_offset":"+01:00","windows":[{}]}})", "time.utc_offset"},
      {R"({"content":[{"pattern":"(", "name":"x"}]})", "content[0].pattern"},
      {R"({"content":[{"pattern":"a*"}]})", "content[0].pattern"},
      {R"({"content":[{"detector":"ssn"}]})", "content[0].detector"},
      {R"({"content":[{"detector":"email","pattern":"x"}]})", "content[0].pattern"},
      {R"({"content":[{"detector":"email"},{"detector":"email"}]})", "content[1].name"},
      {R"({"content":[{"detector":"email","action":"hide"}]})", "content[0].action"},
      {R"({"content":[{"detector":"email","on":["prompts"]}]})", "content[0].on"},
  };
  for (auto const& c : cases) {
    auto const p = parse_policy(c.text);
    ASSERT_FALSE(p) << c.text;
    EXPECT_EQ(p.error().code(), Errc::bad_request) << c.text;
    ASSERT_NE(p.error().peek(), nullptr);
    EXPECT_EQ(p.error().peek()->param, c.param) << p.error().message();
  }
  EXPECT_FALSE(parse_policy(R"({"tools":true,"tools":false})")) << "duplicate keys";
  EXPECT_FALSE(parse_policy("[]"));
}

TEST(PolicyDocument, AListOfTenThousandIsRefused) {
  std::string text = R"({"models":{"allow":[)";
  for (int i = 0; i < 10'000; ++i) text += R"("m",)";
  text.back() = ']';
  auto const p = parse_policy(text + "}}");
  ASSERT_FALSE(p);
  EXPECT_NE(p.error().message().find("1000"), std::string_view::npos);
}

TEST(Schedule, AWholeDayIsWrittenFromItsBeginningToItsEnd) {
  auto const p = parse_policy(R"({"time":{"windows":[{"from":"00:00","to":"24:00"}]}})");
  ASSERT_TRUE(p) << p.error().message();
  EXPECT_TRUE(p->time->open(*parse_rfc3339("2026-11-24T23:59:59Z")));
}

TEST(Schedule, KnowsDaysHoursOffsetsAndMidnight) {
  auto const at = [](char const* text) { return *parse_rfc3339(text); };
  auto const p = parse_policy(R"({"time":{"utc_offset":"+01:00","windows":[
      {"days":["mon","tue","wed","thu","fri"],"from":"08:00","to":"18:00"},
      {"days":["sat"],"from":"22:00","to":"02:00"}]}})");
  ASSERT_TRUE(p) << p.error().message();
  auto const& s = *p->time;
  EXPECT_FALSE(s.open(at("2026-11-24T06:59:59Z")));  // a Tuesday, 07:59 there
  EXPECT_TRUE(s.open(at("2026-11-24T07:00:00Z")));
  EXPECT_TRUE(s.open(at("2026-11-24T16:59:59Z")));
  EXPECT_FALSE(s.open(at("2026-11-24T17:00:00Z")));
  EXPECT_FALSE(s.open(at("2026-11-28T10:00:00Z")));  // Saturday noon
  EXPECT_TRUE(s.open(at("2026-11-28T21:00:00Z")));   // Saturday 22:00
  EXPECT_TRUE(s.open(at("2026-11-29T00:59:59Z")));   // Sunday 01:59
  EXPECT_FALSE(s.open(at("2026-11-29T01:00:00Z")));
}

TEST(Schedule, FollowsTheClockOfItsZoneThroughSummerTime) {
  auto const at = [](char const* text) { return *parse_rfc3339(text); };
  auto const p =
      parse_policy(R"({"time":{"zone":"Europe/Berlin","windows":[{"from":"08:00","to":"18:00"}]}})");
  ASSERT_TRUE(p) << p.error().message();
  auto const& s = *p->time;
  EXPECT_FALSE(s.open(at("2026-03-27T06:59:59Z")));  // 07:59:59 CET
  EXPECT_TRUE(s.open(at("2026-03-27T07:00:00Z")));
  EXPECT_FALSE(s.open(at("2026-03-30T05:59:59Z")));  // the Monday after: 07:59:59 CEST
  EXPECT_TRUE(s.open(at("2026-03-30T06:00:00Z")));
  EXPECT_TRUE(s.open(at("2026-03-30T15:59:59Z")));
  EXPECT_FALSE(s.open(at("2026-03-30T16:00:00Z")));

  // 02:30 is skipped in spring and comes twice in autumn.
  auto const night = parse_policy(
      R"({"time":{"zone":"Europe/Berlin","windows":[{"days":["sun"],"from":"02:30","to":"03:30"}]}})");
  EXPECT_FALSE(night->time->open(at("2026-03-29T00:59:59Z")));
  EXPECT_TRUE(night->time->open(at("2026-03-29T01:00:00Z"))) << "03:00 follows 01:59:59";
  EXPECT_TRUE(night->time->open(at("2026-10-25T00:45:00Z")));
  EXPECT_FALSE(night->time->open(at("2026-10-25T01:15:00Z"))) << "02:15 for the second time";
  EXPECT_TRUE(night->time->open(at("2026-10-25T01:45:00Z")));
}

TEST(Network, HoldsWhatBelongsToItInBothFamilies) {
  auto const in = [](char const* block, char const* address) {
    return parse_network(block)->contains(boost::asio::ip::make_address(address));
  };
  EXPECT_TRUE(in("10.0.0.0/8", "10.255.0.1"));
  EXPECT_FALSE(in("10.0.0.0/8", "11.0.0.1"));
  EXPECT_TRUE(in("10.0.0.0/8", "::ffff:10.1.2.3"));
  EXPECT_TRUE(in("192.0.2.7", "192.0.2.7"));
  EXPECT_FALSE(in("192.0.2.7", "192.0.2.6"));
  EXPECT_TRUE(in("2001:db8::/33", "2001:db8:7fff::1"));
  EXPECT_FALSE(in("2001:db8::/33", "2001:db8:8000::1"));
  EXPECT_TRUE(in("0.0.0.0/0", "198.51.100.1"));
  EXPECT_FALSE(in("0.0.0.0/0", "2001:db8::1"));
}

}  // namespace
}  // namespace tsg::governance
