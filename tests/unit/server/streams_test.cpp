// Streamed answers, clients that leave, readers that do not read.
#include "server_fixture.hpp"

namespace tsg::server {
namespace {

using StreamsTest = ServerTest;

TEST_F(StreamsTest, EachWriteIsOneChunkAndTheLastChunkEndsIt) {
  start();
  auto c = client();
  c.send(get("/stream") + get("/next"));
  auto const head = c.head();
  EXPECT_NE(head.find("transfer-encoding: chunked\r\n"), head.npos) << head;
  EXPECT_EQ(head.find("content-length"), head.npos);
  EXPECT_EQ(c.until("0\r\n\r\n"), "3\r\none\r\n9\r\nevent two\r\n0\r\n\r\n");
  EXPECT_EQ(c.body(c.head()), "/next");
}

TEST_F(StreamsTest, AnAbortedStreamHasNoLastChunk) {
  start();
  auto c = client();
  c.send(get("/cut") + get("/next"));
  (void)c.head();
  EXPECT_EQ(c.rest(), "3\r\none\r\n9\r\nevent two\r\n");
  EXPECT_EQ(handler.requests, 1);
}

TEST_F(StreamsTest, Http10StreamsEndWithTheConnectionAndAbortsAreResets) {
  start();
  auto whole = client();
  whole.send("GET /stream HTTP/1.0\r\n\r\n");
  auto const head = whole.head();
  EXPECT_EQ(head.find("chunked"), head.npos);
  EXPECT_NE(head.find("connection: close\r\n"), head.npos);
  EXPECT_EQ(whole.rest(), "oneevent two");
  EXPECT_EQ(whole.error, 0);
  auto cut = client();
  cut.send("GET /cut HTTP/1.0\r\n\r\n");
  (void)cut.rest();
  EXPECT_EQ(cut.error, ECONNRESET);
}

TEST_F(StreamsTest, HeadOfAStreamHasNoChunks) {
  start();
  auto c = client();
  c.send("HEAD /stream HTTP/1.1\r\nHost: x\r\n\r\n" + get("/next"));
  EXPECT_NE(c.head().find("transfer-encoding: chunked"), std::string::npos);
  EXPECT_EQ(c.body(c.head()), "/next");
}

TEST_F(StreamsTest, AClientThatLeavesWhileTheHandlerWaitsIsNoticed) {
  start();
  int expected = 0;
  for (bool const hard : {false, true}) {
    auto c = client();
    c.send(get("/wait"));
    ASSERT_TRUE(eventually([&] { return handler.waiting == expected + 1; }));
    hard ? c.reset() : c.close();
    EXPECT_TRUE(eventually([&] { return handler.gone == expected + 1; }));
    ++expected;
  }
  EXPECT_TRUE(eventually([this] { return connections->open() == 0; }));
}

TEST_F(StreamsTest, AHalfClosedClientCountsAsGone) {
  start();
  auto c = client();
  c.send(get("/wait"));
  c.half_close();
  EXPECT_TRUE(eventually([this] { return handler.gone == 1; }));
}

TEST_F(StreamsTest, ALeavingClientIsNoticedBehindUnreadPipelinedBytes) {
  start();
  // Beyond the kernel's buffers the FIN itself does not arrive before the bytes are read.
  for (std::size_t const size : {std::size_t{100}, std::size_t{40'000}}) {
    handler.gone = 0;
    auto c = client();
    c.send(get("/wait") + post("/echo", std::string(size, 'x')));
    c.half_close();
    EXPECT_TRUE(eventually([this] { return handler.gone == 1; })) << size;
  }
}

TEST_F(StreamsTest, WhatArrivesWhileTheHandlerWaitsIsTheNextRequest) {
  start();
  auto c = client();
  c.send(get("/wait"));
  ASSERT_TRUE(eventually([this] { return handler.waiting == 1; }));
  c.send(get("/next"));
  handler.let_go();
  EXPECT_EQ(c.body(c.head()), "done");
  EXPECT_EQ(c.body(c.head()), "/next");
  EXPECT_EQ(handler.gone, 0);
}

TEST_F(StreamsTest, AWaitLongEnoughToGiveUpTheBufferStillSeesBothEnds) {
  start();
  auto stays = client();
  auto leaves = client();
  auto idle = client();
  EXPECT_EQ(idle.ask(get("/a")), "/a");
  stays.send(get("/wait"));
  ASSERT_TRUE(eventually([this] { return handler.waiting == 1; }));
  std::this_thread::sleep_for(1'200ms);  // wire.cpp: kHot
  stays.send(get("/next"));
  EXPECT_EQ(idle.ask(get("/b")), "/b");
  handler.let_go();
  EXPECT_EQ(stays.body(stays.head()), "done");
  EXPECT_EQ(stays.body(stays.head()), "/next");
  leaves.send(get("/wait"));
  ASSERT_TRUE(eventually([this] { return handler.waiting == 2; }));
  std::this_thread::sleep_for(1'200ms);
  leaves.close();
  EXPECT_TRUE(eventually([this] { return handler.gone == 1; }));
}

TEST_F(StreamsTest, AReaderThatDoesNotReadIsCutOff) {
  settings.timeouts.client_write = 200ms;
  start();
  auto c = client(4'096);
  auto ended = handler.flood_ended.get_future();
  c.send(get("/flood"));
  ASSERT_EQ(ended.wait_for(10s), std::future_status::ready);
  EXPECT_EQ(ended.get(), Errc::client_gone);
  EXPECT_TRUE(eventually([this] { return connections->open() == 0; }));
}

TEST_F(StreamsTest, AReaderThatLeavesEndsTheStream) {
  start();
  auto c = client(4'096);
  auto ended = handler.flood_ended.get_future();
  c.send(get("/flood"));
  (void)c.head();
  c.reset();
  ASSERT_EQ(ended.wait_for(10s), std::future_status::ready);
  EXPECT_EQ(ended.get(), Errc::client_gone);
}

}  // namespace
}  // namespace tsg::server
