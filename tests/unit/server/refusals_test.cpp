// Hostile and slow clients: one answer, then the end; nothing of theirs becomes a request.
#include "server_fixture.hpp"

namespace tsg::server {
namespace {

using RefusalsTest = ServerTest;

TEST_F(RefusalsTest, FramingErrorsAreAnsweredOnceAndTheRestIsNeverARequest) {
  start();
  for (std::string const hostile : {
           "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: "
           "chunked\r\n\r\n0\r\n\r\n",
           "POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: xchunked\r\n\r\n",
           "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nContent-Length: 5\r\n\r\nabcde",
           "GET /a HTTP/1.1\r\n\r\n",
           "GET /a HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n",
           "GET /a HTTP/1.1\r\nHost : x\r\n\r\n",
           "nonsense\r\n\r\n",
       }) {
    auto c = client();
    c.send(hostile + get("/smuggled"));
    auto const head = c.head();
    EXPECT_TRUE(head.starts_with("HTTP/1.1 400 ")) << hostile << head;
    EXPECT_NE(head.find("connection: close\r\n"), head.npos);
    EXPECT_EQ(c.body(head), "bad_framing");
    EXPECT_EQ(c.rest(), "") << hostile;
    EXPECT_EQ(c.error, 0) << "reset instead of a clean end";
  }
  EXPECT_EQ(handler.requests, 0);
  EXPECT_EQ(handler.refusals, 7);
}

TEST_F(RefusalsTest, ABadChunkEndsTheConnectionAfterTheAnswer) {
  start();
  auto c = client();
  c.send("POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabcXX" + get("/smuggled"));
  auto const head = c.head();
  EXPECT_TRUE(head.starts_with("HTTP/1.1 400 ")) << head;
  EXPECT_EQ(c.body(head), "bad_framing");
  EXPECT_EQ(c.rest(), "");
  EXPECT_EQ(handler.requests, 1);
}

TEST_F(RefusalsTest, GoodRequestsBeforeABadOneAreAnswered) {
  start();
  auto c = client();
  c.send(get("/a") + post("/echo", "b") + "broken\r\n\r\n" + get("/c"));
  EXPECT_EQ(c.body(c.head()), "/a");
  EXPECT_EQ(c.body(c.head()), "b");
  EXPECT_TRUE(c.rest().starts_with("HTTP/1.1 400 "));
  EXPECT_EQ(handler.requests, 2);
}

TEST_F(RefusalsTest, HeadAtItsLimitAndBeyond) {
  settings.limits.header_bytes = 2'000;
  start();
  std::string const before = "GET /a HTTP/1.1\r\nHost: x\r\nA: ", after = "\r\n\r\n";
  std::string const fits(2'000 - before.size() - after.size(), 'a');
  auto c = client();
  EXPECT_EQ(c.ask(before + fits + after), "/a");
  c.send(before + fits + "a" + after);
  EXPECT_TRUE(c.rest().starts_with("HTTP/1.1 431 "));
}

TEST_F(RefusalsTest, BodyAtItsLimitAndBeyond) {
  start();  // the handler's own limit: 1,000,000
  auto c = client();
  EXPECT_EQ(c.ask(post("/echo", std::string(1'000'000, 'a'))).size(), 1'000'000u);
  c.send(post("/echo", std::string(1'000'001, 'a')));
  auto const head = c.head();
  EXPECT_TRUE(head.starts_with("HTTP/1.1 413 ")) << head;
  EXPECT_NE(head.find("connection: close\r\n"), head.npos);
  EXPECT_EQ(c.body(head), "body_too_large");
  EXPECT_EQ(c.rest(), "");
  EXPECT_EQ(c.error, 0);
}

TEST_F(RefusalsTest, AClientThatSendsItsWholeTooLargeBodyFirstStillSeesTheAnswer) {
  start();
  auto c = client();
  std::string const much(20'000'000, 'a');
  EXPECT_TRUE(c.send(post("/echo", much)));
  EXPECT_TRUE(c.head().starts_with("HTTP/1.1 413 "));
}

TEST_F(RefusalsTest, ChunkedBodiesAreCountedToo) {
  start();
  auto c = client();
  std::string request = "POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n";
  for (int i = 0; i < 101; ++i) request += "2710\r\n" + std::string(10'000, 'c') + "\r\n";
  c.send(request + "0\r\n\r\n");
  EXPECT_TRUE(c.head().starts_with("HTTP/1.1 413 "));
}

TEST_F(RefusalsTest, ASlowHeadIsAnswered408EvenIfItKeepsDripping) {
  settings.timeouts.head_read = 150ms;
  start();
  auto c = client();
  c.send("GET /a HTTP/1.1\r\nHost: x\r\nA: ");
  std::atomic<bool> stop{false};
  std::thread drip{[&] {
    while (!stop && c.send("a")) std::this_thread::sleep_for(10ms);
  }};
  auto const head = c.head();
  stop = true;
  drip.join();
  EXPECT_TRUE(head.starts_with("HTTP/1.1 408 ")) << head;
  EXPECT_NE(head.find("connection: close\r\n"), head.npos);
  EXPECT_EQ(handler.requests, 0);
}

TEST_F(RefusalsTest, ASilentConnectionIsClosedWithoutAWord) {
  settings.timeouts.head_read = settings.timeouts.keep_alive_idle =
      1s;  // enough to ask, on a busy machine too
  start();
  auto c = client();
  EXPECT_EQ(c.rest(), "");
  auto used = client();
  EXPECT_EQ(used.ask(get("/a")), "/a");
  EXPECT_EQ(used.rest(), "");
  EXPECT_EQ(handler.refusals, 0);
}

// Strangers must not hold a place for as long as a client may rest between two requests.
TEST_F(RefusalsTest, TheFirstByteOfAConnectionIsDueWithinTheTimeOfAHead) {
  settings.timeouts.head_read = 1s;
  settings.timeouts.keep_alive_idle = 1h;
  start();
  auto used = client();
  EXPECT_EQ(used.ask(get("/a")), "/a");
  auto silent = client();
  EXPECT_EQ(silent.rest(), "");
  EXPECT_EQ(silent.error, 0) << "closed, not waited for in vain";
  EXPECT_EQ(used.ask(get("/b")), "/b") << "which has rested for longer";
}

TEST_F(RefusalsTest, ABodyThatNobodyHasMemoryForIs503) {
  start();
  auto c = client();
  c.send("POST /full HTTP/1.1\r\nHost: x\r\nContent-Length: 30000\r\n\r\n" + std::string(30'000, 'a'));
  auto const head = c.head();
  EXPECT_TRUE(head.starts_with("HTTP/1.1 503 ")) << head;
  EXPECT_NE(head.find("connection: close\r\n"), head.npos);
  EXPECT_EQ(c.body(head), "overloaded");
  EXPECT_EQ(c.rest(), "");
}

TEST_F(RefusalsTest, ASlowBodyIsAnswered408) {
  settings.timeouts.body_read = 100ms;
  start();
  auto c = client();
  c.send("POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nabc");
  EXPECT_TRUE(c.head().starts_with("HTTP/1.1 408 "));
}

TEST_F(RefusalsTest, ClientsThatVanishMidRequestLeaveNothingBehind) {
  start();
  for (std::string const part : {"", "GE", "GET /a HTTP/1.1\r\nHost",
                                 "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\nab"}) {
    auto c = client();
    c.send(part);
    c.close();
    auto r = client();
    r.send(part);
    r.reset();
  }
  EXPECT_TRUE(eventually([this] { return connections->open() == 0 && handler.gone == 2; }));
  EXPECT_EQ(handler.refusals, 0);
}

}  // namespace
}  // namespace tsg::server
