// More connections than there are places: who waits gives way, who is served does not, and everybody is told.
#include "server_fixture.hpp"

namespace tsg::server {
namespace {

Capacity places(std::size_t most, std::size_t reserved) {
  Capacity capacity{most};
  capacity.reserved = reserved;
  return capacity;
}

using CrowdedTest = ServerTest;

TEST_F(CrowdedTest, SilentConnectionsShutNobodyOut) {
  start(places(3, 1));
  std::vector<Client> silent;
  for (int i = 0; i < 20; ++i) silent.push_back(client());
  auto c = client();
  EXPECT_EQ(c.ask(get("/a")), "/a");
  EXPECT_EQ(silent.front().rest(), "") << "the first to come is the first to go";
  EXPECT_TRUE(eventually([this] { return connections->open() <= 3; }));
}

TEST_F(CrowdedTest, NorDoHeadsThatNeverEnd) {
  start(places(3, 1));
  std::vector<Client> slow;
  for (int i = 0; i < 20; ++i) {
    slow.push_back(client());
    slow.back().send("GET /a HTTP/1.1\r\nHost: x\r\nA: ");
  }
  auto c = client();
  EXPECT_EQ(c.ask(get("/a")), "/a");
}

TEST_F(CrowdedTest, WhoRestsLongestBetweenRequestsGivesWay) {
  start(places(2, 1));
  auto a = client(), b = client();
  EXPECT_EQ(a.ask(get("/a")), "/a");
  EXPECT_EQ(b.ask(get("/b")), "/b");
  EXPECT_EQ(a.ask(get("/a")), "/a");
  auto c = client();
  EXPECT_EQ(c.ask(get("/c")), "/c");
  EXPECT_EQ(b.rest(), "");
  EXPECT_EQ(a.ask(get("/a")), "/a");
}

TEST_F(CrowdedTest, WhereAllAreBusyTheNextIsRefusedWithAnAnswer) {
  start(places(1, 1));
  auto busy = client();
  busy.send(get("/wait"));
  ASSERT_TRUE(eventually([this] { return handler.waiting == 1; }));
  for (int i = 0; i < 3; ++i) {
    auto next = client();
    next.send(get("/a") + get("/b"));
    auto const head = next.head();
    EXPECT_TRUE(head.starts_with("HTTP/1.1 503 ")) << head;
    EXPECT_NE(head.find("connection: close\r\n"), head.npos);
    EXPECT_EQ(next.body(head), "overloaded");
    EXPECT_EQ(next.rest(), "") << "one answer";
  }
  EXPECT_EQ(handler.refusals, 3) << "by the handler, which answers for our health there";
  EXPECT_EQ(handler.requests, 1);
  handler.let_go();
  EXPECT_EQ(busy.body(busy.head()), "done");
  auto later = client();
  EXPECT_EQ(later.ask(get("/later")), "/later") << "busy has become one that waits";
}

TEST_F(CrowdedTest, WithoutPlacesInReserveItIsAShort503) {
  start(places(1, 0));
  auto busy = client();
  busy.send(get("/wait"));
  ASSERT_TRUE(eventually([this] { return handler.waiting == 1; }));
  auto next = client();
  auto const head = next.head();
  EXPECT_TRUE(head.starts_with("HTTP/1.1 503 ")) << head;
  EXPECT_NE(head.find("retry-after: 1\r\n"), head.npos);
  auto const body = next.body(head);
  EXPECT_TRUE(body.starts_with("{") && body.ends_with("}}")) << body;
  EXPECT_EQ(next.rest(), "");
  handler.let_go();
}

TEST_F(CrowdedTest, OneAddressHasItsShare) {
  auto capacity = places(10, 2);
  capacity.per_address = 2;
  start(capacity);
  auto a = client(), b = client(), c = client();
  EXPECT_EQ(c.ask(get("/c")), "/c");
  EXPECT_EQ(a.rest(), "");
  EXPECT_EQ(b.ask(get("/b")), "/b");
  EXPECT_EQ(connections->open(), 2u);
}

TEST_F(CrowdedTest, ALargerCapacityIsTakenWhileItRuns) {
  start(places(1, 1));
  auto a = client();
  EXPECT_EQ(a.ask(get("/a")), "/a");
  listener->set_capacity(places(2, 1));
  auto b = client();
  EXPECT_EQ(b.ask(get("/b")), "/b");
  EXPECT_EQ(a.ask(get("/a")), "/a");
}

}  // namespace
}  // namespace tsg::server
