// Starting, draining, ending, and running out of things.
#include <netinet/tcp.h>
#include <sys/resource.h>

#include "server_fixture.hpp"

namespace tsg::server {
namespace {

using LifecycleTest = ServerTest;

TEST_F(LifecycleTest, DrainClosesIdleConnectionsAndLetsRequestsFinish) {
  start();
  auto idle = client();
  EXPECT_EQ(idle.ask(get("/a")), "/a");
  auto busy = client();
  busy.send(get("/wait"));
  ASSERT_TRUE(eventually([this] { return handler.waiting == 1; }));
  on_worker([this] { connections->drain(); });
  EXPECT_EQ(idle.rest(), "");
  EXPECT_EQ(connections->open(), 1u);
  handler.let_go();
  auto const answer = busy.rest();
  EXPECT_NE(answer.find("connection: close\r\n"), answer.npos);
  EXPECT_TRUE(answer.ends_with("done"));
  EXPECT_TRUE(eventually([this] { return connections->open() == 0; }));
}

TEST_F(LifecycleTest, CloseAllEndsRunningRequestsAndTellsTheirHandlers) {
  start();
  auto waiting = client();
  waiting.send(get("/wait"));
  auto half = client();
  half.send("POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\nab");
  auto flooded = client(4'096);
  auto ended = handler.flood_ended.get_future();
  flooded.send(get("/flood"));
  ASSERT_TRUE(eventually([this] { return handler.requests == 3; }));
  on_worker([this] { connections->close_all(); });
  EXPECT_EQ(waiting.rest(), "");
  ASSERT_EQ(ended.wait_for(10s), std::future_status::ready);
  EXPECT_EQ(ended.get(), Errc::client_gone);
  EXPECT_TRUE(eventually([this] { return connections->open() == 0 && handler.gone == 2; }));
}

TEST_F(LifecycleTest, TheSetMayGoWhileConnectionsAreOpen) {
  start();
  auto idle = client();
  EXPECT_EQ(idle.ask(get("/a")), "/a");
  auto waiting = client();
  waiting.send(get("/wait"));
  auto flooded = client(4'096);
  flooded.send(get("/flood"));
  ASSERT_TRUE(eventually([this] { return handler.requests == 3 && handler.waiting == 1; }));
  io.stop();
  thread.join();
  connections.reset();  // and the coroutines that wait elsewhere go with the io_context
}

TEST_F(LifecycleTest, NewSettingsHoldForNewRequestsOnOldConnections) {
  start();
  auto c = client();
  std::string const big = "GET /a HTTP/1.1\r\nHost: x\r\nA: " + std::string(3'000, 'a') + "\r\n\r\n";
  EXPECT_EQ(c.ask(big), "/a");
  on_worker([this] {
    auto smaller = settings;
    smaller.limits.header_bytes = 2'000;
    connections->set_settings(smaller);
  });
  c.send(big);
  EXPECT_TRUE(c.rest().starts_with("HTTP/1.1 431 "));
}

TEST_F(LifecycleTest, AboveTheLimitConnectionsGetAShort503) {
  start(2);
  auto a = client(), b = client();
  EXPECT_EQ(a.ask(get("/a")), "/a");
  EXPECT_EQ(b.ask(get("/b")), "/b");
  auto c = client();
  auto const head = c.head();
  EXPECT_TRUE(head.starts_with("HTTP/1.1 503 ")) << head;
  EXPECT_NE(head.find("retry-after: 1\r\n"), head.npos);
  auto const body = c.body(head);
  EXPECT_TRUE(body.starts_with("{") && body.ends_with("}}")) << body;
  EXPECT_EQ(c.rest(), "");
  a.close();
  ASSERT_TRUE(eventually([this] { return connections->open() == 1; }));
  auto d = client();
  EXPECT_EQ(d.ask(get("/d")), "/d");
}

TEST_F(LifecycleTest, RunningOutOfDescriptorsIsSurvived) {
  start();
  auto c = client();
  c.send(get("/late"));
  EXPECT_EQ(c.body(c.head()), "/late");
  Client waiting = [&] {
    rlimit old{};
    ::getrlimit(RLIMIT_NOFILE, &old);
    int const last = ::socket(AF_INET, SOCK_STREAM, 0);
    int const next = ::dup(last);
    ::close(next);
    ::close(last);
    rlimit low = old;
    low.rlim_cur = static_cast<rlim_t>(last) + 1;  // room for the client's descriptor, none for the server's
    ::setrlimit(RLIMIT_NOFILE, &low);
    auto starved = client();
    starved.send(get("/starved"));
    EXPECT_EQ(c.ask(get("/meanwhile")), "/meanwhile");
    on_worker([] {});
    EXPECT_EQ(connections->open(), 1u);
    ::setrlimit(RLIMIT_NOFILE, &old);
    return starved;
  }();
  EXPECT_EQ(waiting.body(waiting.head()), "/starved");
}

TEST_F(LifecycleTest, AnInheritedSocketIsServed) {
  start();
  int const fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  EXPECT_FALSE(listen_fd(io, fd, {connections.get()}, 10)) << "a socket that does not listen";
  sockaddr_in any{};
  any.sin_family = AF_INET;
  any.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  ASSERT_EQ(::bind(fd, reinterpret_cast<sockaddr*>(&any), sizeof any), 0);
  ASSERT_EQ(::listen(fd, 16), 0);
  std::unique_ptr<Listener> inherited;
  on_worker([&] { inherited = *listen_fd(io, fd, {connections.get()}, 10); });
  Client c{inherited->local().port};
  EXPECT_EQ(c.ask(get("/inherited")), "/inherited");
  inherited->stop();
}

TEST_F(LifecycleTest, AnAddressInUseIsNamed) {
  start();
  auto const second = listen(io, listener->local(), {connections.get()}, 10);
  ASSERT_FALSE(second);
  EXPECT_NE(second.error().message().find(std::to_string(listener->local().port)), std::string::npos);
}

}  // namespace
}  // namespace tsg::server
