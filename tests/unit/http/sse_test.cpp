#include "tsg/http/sse.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace tsg::http {
namespace {

using Events = std::vector<std::pair<std::string, std::string>>;

Events split(std::vector<std::string_view> const& pieces) {
  SseSplitter splitter;
  Events events;
  for (auto piece : pieces) {
    EXPECT_TRUE(splitter.feed(piece));
    for (SseSplitter::Event e; splitter.next(e);) events.emplace_back(e.name, e.data);
  }
  return events;
}

// Standards A.8.
std::string const vector_a8 =
    "\xEF\xBB\xBF: hi\r\ndata: a\rdata:b\n\nevent: x\r\ndata: {\"t\":\"\xC3\xA9\"}\r\n\r\ndata:  two "
    "spaces\n\ndata: lost";
Events const events_a8{{"", "a\nb"}, {"x", "{\"t\":\"\xC3\xA9\"}"}, {"", " two spaces"}};

TEST(SseSplitter, TheVectorInEverySplit) {
  std::string_view const v{vector_a8};
  EXPECT_EQ(split({v}), events_a8);
  for (std::size_t i = 0; i <= v.size(); ++i)
    for (std::size_t j = i; j <= v.size(); ++j)
      ASSERT_EQ(split({v.substr(0, i), v.substr(i, j - i), v.substr(j)}), events_a8) << i << ", " << j;
}

TEST(SseSplitter, TheVectorByteByByte) {
  std::vector<std::string_view> bytes;
  for (std::size_t i = 0; i < vector_a8.size(); ++i)
    bytes.push_back(std::string_view{vector_a8}.substr(i, 1));
  EXPECT_EQ(split(bytes), events_a8);
}

TEST(SseSplitter, EveryLineEndGivesTheSameEvents) {
  Events const expected{{"m", "1\n2"}, {"", "3"}};
  for (std::string const end : {"\n", "\r", "\r\n"}) {
    auto const text =
        "event: m" + end + "data: 1" + end + "data: 2" + end + end + ":c" + end + "data: 3" + end + end;
    EXPECT_EQ(split({text}), expected);
    std::vector<std::string_view> bytes;
    for (std::size_t i = 0; i < text.size(); ++i) bytes.push_back(std::string_view{text}.substr(i, 1));
    EXPECT_EQ(split(bytes), expected);
  }
}

TEST(SseSplitter, ACrEndsAnEventWithoutWaitingForMore) {
  EXPECT_EQ(split({"data: 1\r\n\r"}), (Events{{"", "1"}}));
}

TEST(SseSplitter, FieldsWithoutDataMakeNoEventAndTheirNameIsForgotten) {
  EXPECT_EQ(split({"event: a\n\ndata: 1\n\n: only a comment\n\nid: 7\nretry: 5\n\n"}), (Events{{"", "1"}}));
}

TEST(SseSplitter, EmptyDataIsAnEvent) {
  EXPECT_EQ(split({"data\n\ndata:\n\ndata:\ndata:\n\n"}), (Events{{"", ""}, {"", ""}, {"", "\n"}}));
}

TEST(SseSplitter, OnlyTheFirstBomIsSkipped) {
  EXPECT_EQ(split({"\xEF\xBB\xBF"
                   "data: 1\n\n\xEF\xBB\xBF"
                   "data: 2\n\ndata: 3\n\n"}),
            (Events{{"", "1"}, {"", "3"}}));
  EXPECT_EQ(split({"\xEF",
                   "\xBB"
                   "data: 1\n\ndata: 2\n\n"}),
            (Events{{"", "2"}}))
      << "not a BOM: part of a name";
}

TEST(SseSplitter, ManySmallEventsPassALimitThatOneLargeDoesNot) {
  SseSplitter splitter{100};
  std::string many;
  for (int i = 0; i < 100; ++i) many += "data: x\n\n";
  EXPECT_TRUE(splitter.feed(many));
  int n = 0;
  for (SseSplitter::Event e; splitter.next(e);) ++n;
  EXPECT_EQ(n, 100);
  EXPECT_TRUE(splitter.feed("data: " + std::string(90, 'x')));
  SseSplitter::Event e;
  EXPECT_FALSE(splitter.next(e));
  EXPECT_FALSE(splitter.failed());
  EXPECT_TRUE(splitter.feed("xxxxx"));
  EXPECT_FALSE(splitter.next(e));
  EXPECT_TRUE(splitter.failed());
  EXPECT_FALSE(splitter.feed("\n\n"));
  EXPECT_FALSE(splitter.next(e));
}

TEST(SseSplitter, AnEventOfManyLinesIsLimitedToo) {
  SseSplitter splitter{1000};
  SseSplitter::Event e;
  bool ok = true;
  for (int i = 0; ok && i < 1000; ++i) {
    ok = splitter.feed("data: 0123456789\n");
    while (splitter.next(e)) FAIL();
  }
  EXPECT_FALSE(ok);
}

TEST(Correlation, Traceparent) {
  std::string const good = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
  EXPECT_EQ(valid_traceparent(good), good);
  EXPECT_EQ(valid_traceparent("cc-" + good.substr(3) + "-later"), "cc-" + good.substr(3) + "-later");
  for (std::string const& bad :
       {std::string{}, good.substr(1), good + "-x", "ff" + good.substr(2), good + "0",
        std::string{"00-00000000000000000000000000000000-b7ad6b7169203331-01"},
        std::string{"00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01"},
        std::string{"00-0AF7651916CD43DD8448EB211C80319C-b7ad6b7169203331-01"}})
    EXPECT_EQ(valid_traceparent(bad), "") << bad;
}

TEST(Correlation, RequestId) {
  EXPECT_EQ(valid_correlation_id("req_1.a-Z"), "req_1.a-Z");
  EXPECT_EQ(valid_correlation_id(""), "");
  EXPECT_EQ(valid_correlation_id("a b"), "");
  EXPECT_EQ(valid_correlation_id(std::string(65, 'a')), "");
  EXPECT_EQ(valid_correlation_id(std::string(64, 'a')), std::string(64, 'a'));
}

}  // namespace
}  // namespace tsg::http
