// Requests and plain answers over one connection.
#include "server_fixture.hpp"

namespace tsg::server {
namespace {

using RequestsTest = ServerTest;

TEST_F(RequestsTest, ManyRequestsOnOneConnection) {
  start();
  auto c = client();
  for (int i = 0; i < 50; ++i) {
    auto const path = "/r" + std::to_string(i);
    EXPECT_EQ(c.ask(get(path)), path);
  }
  EXPECT_EQ(connections->open(), 1u);
  EXPECT_EQ(handler.requests, 50);
}

TEST_F(RequestsTest, TheHeadIsCompleteAndMinimal) {
  start();
  auto c = client();
  c.send(get("/a"));
  auto const head = c.head();
  EXPECT_TRUE(head.starts_with("HTTP/1.1 200 OK\r\ndate: "));
  EXPECT_NE(head.find(" GMT\r\ncontent-length: 2\r\ncontent-type: text/plain\r\n\r\n"), head.npos) << head;
}

TEST_F(RequestsTest, PipelinedRequestsAreAnsweredInOrder) {
  start();
  auto c = client();
  std::string all;
  for (int i = 0; i < 40; ++i)
    all += i % 2 == 0 ? post("/echo", "body" + std::to_string(i)) : get("/p" + std::to_string(i));
  c.send(all);
  for (int i = 0; i < 40; ++i) EXPECT_EQ(c.body(c.head()), (i % 2 == 0 ? "body" : "/p") + std::to_string(i));
}

TEST_F(RequestsTest, BytesOneByOneMakeTheSameRequest) {
  start();
  auto c = client();
  for (char const byte : post("/echo", "slow but whole")) c.send({&byte, 1});
  EXPECT_EQ(c.body(c.head()), "slow but whole");
}

TEST_F(RequestsTest, LargeAndChunkedBodies) {
  start();
  auto c = client();
  std::string const large(900'000, 'z');
  EXPECT_TRUE(c.ask(post("/echo", large)) == large);
  EXPECT_EQ(c.ask("POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: "
                  "chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n"),
            "abcde");
  EXPECT_EQ(c.ask(get("/after")), "/after");
}

TEST_F(RequestsTest, ContinueIsSentWhenTheBodyIsAskedForAndNotBefore) {
  start();
  auto c = client();
  std::string const head = " HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n";
  c.send("POST /echo" + head);
  EXPECT_EQ(c.head(), "HTTP/1.1 100 Continue\r\n\r\n");
  EXPECT_EQ(c.ask("hello"), "hello");
  // A handler that refuses without reading: no 100, and the connection ends, since the body may follow.
  c.send("POST /unread" + head);
  auto const refused = c.head();
  EXPECT_TRUE(refused.starts_with("HTTP/1.1 200")) << refused;
  EXPECT_NE(refused.find("connection: close\r\n"), refused.npos);
}

TEST_F(RequestsTest, ASmallUnreadBodyIsSwallowedALargeOneEndsTheConnection) {
  start();
  auto c = client();
  c.send(post("/unread", "GET /smuggled HTTP/1.1\r\nHost: x\r\n\r\n") + get("/next"));
  EXPECT_EQ(c.body(c.head()), "/unread");
  EXPECT_EQ(c.body(c.head()), "/next");
  c.send("POST /unread HTTP/1.1\r\nHost: x\r\nContent-Length: 5000\r\n\r\n");
  auto const head = c.head();
  EXPECT_NE(head.find("connection: close\r\n"), head.npos);
  EXPECT_EQ(c.body(head), "/unread");
  c.send(get("/smuggled"));
  EXPECT_EQ(c.rest(), "");
  EXPECT_EQ(handler.requests, 3);
}

TEST_F(RequestsTest, HeadHasNoBodyAndKeepsTheConnection) {
  start();
  auto c = client();
  c.send("HEAD /abc HTTP/1.1\r\nHost: x\r\n\r\n" + get("/next"));
  EXPECT_NE(c.head().find("content-length: 4\r\n"), std::string::npos);
  EXPECT_EQ(c.body(c.head()), "/next");
}

TEST_F(RequestsTest, Http10ClosesUnlessAskedToKeep) {
  start();
  auto keep = client();
  keep.send("GET /a HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
  auto const head = keep.head();
  EXPECT_NE(head.find("connection: keep-alive\r\n"), head.npos) << head;
  EXPECT_EQ(keep.body(head), "/a");
  keep.send("GET /b HTTP/1.0\r\n\r\n");
  auto const last = keep.rest();
  EXPECT_NE(last.find("connection: close\r\n"), last.npos) << last;
}

TEST_F(RequestsTest, TheHandlerMayCloseAndABugCostsOneConnectionOnly) {
  start();
  auto last = client();
  last.send(get("/last"));
  EXPECT_NE(last.rest().find("connection: close\r\n"), std::string::npos);
  for (auto const* path : {"/throw", "/nothing"}) {
    auto c = client();
    c.send(get(path));
    EXPECT_EQ(c.rest(), "") << path;
  }
  auto c = client();
  EXPECT_EQ(c.ask(get("/fine")), "/fine");
}

}  // namespace
}  // namespace tsg::server
