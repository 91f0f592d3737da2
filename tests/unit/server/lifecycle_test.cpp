// Starting, draining, ending, and running out of things.
#include <dlfcn.h>
#include <netinet/tcp.h>
#include <spdlog/sinks/sink.h>
#include <spdlog/spdlog.h>

#include "server_fixture.hpp"

namespace tsg::server {
namespace {

std::atomic<bool> starving{false};
std::atomic<int> starved_calls{0};

}  // namespace
}  // namespace tsg::server

// Stands before the C library's, and fails as that does when no descriptor is left (tests/toolchain shows
// that the kernel keeps the connection then). A real shortage would starve the sanitizers too: UBSan's vptr
// check opens a pipe to look at an object, and takes a failure to do so for a wrong type.
extern "C" int accept4(int fd, sockaddr* from, socklen_t* size, int flags) {
  static auto const next = reinterpret_cast<decltype(&accept4)>(::dlsym(RTLD_NEXT, "accept4"));
  if (!tsg::server::starving) return next(fd, from, size, flags);
  ++tsg::server::starved_calls;
  errno = EMFILE;
  return -1;
}

namespace tsg::server {
namespace {

using LifecycleTest = ServerTest;

TEST_F(LifecycleTest, DrainClosesIdleConnectionsAndLetsRequestsFinish) {
  settings.timeouts.drain_idle = 0ms;
  start();
  auto idle = client();
  EXPECT_EQ(idle.ask(get("/a")), "/a");
  auto busy = client();
  busy.send(get("/wait"));
  ASSERT_TRUE(eventually([this] { return handler.waiting == 1; }));
  on_worker([this] { connections->drain(Latecomers::refuse); });
  EXPECT_EQ(idle.rest(), "");
  EXPECT_TRUE(eventually([this] { return connections->open() == 1; }));
  handler.let_go();
  auto const answer = busy.rest();
  EXPECT_NE(answer.find("connection: close\r\n"), answer.npos);
  EXPECT_TRUE(answer.ends_with("done"));
  EXPECT_TRUE(eventually([this] { return connections->open() == 0; }));
}

TEST_F(LifecycleTest, WhoComesDuringADrainIsAnsweredOnceAndNotWaitedFor) {
  start();
  auto busy = client();
  busy.send(get("/wait"));
  ASSERT_TRUE(eventually([this] { return handler.waiting == 1; }));
  on_worker([this] { connections->drain(Latecomers::refuse); });
  auto late = client(), silent = client();
  late.send(get("/a") + get("/b"));
  auto const head = late.head();
  EXPECT_NE(head.find("connection: close\r\n"), head.npos) << head;
  EXPECT_TRUE(head.starts_with("HTTP/1.1 503 ")) << head;
  EXPECT_EQ(late.body(head), "overloaded");
  EXPECT_EQ(late.rest(), "") << "one answer, then the end";
  ASSERT_TRUE(eventually([this] { return connections->open() == 2; })) << "busy and silent";
  EXPECT_EQ(connections->open_before_drain(), 1u);
  handler.let_go();
  EXPECT_TRUE(busy.rest().ends_with("done"));
  EXPECT_TRUE(eventually([this] { return connections->open_before_drain() == 0; }));
  EXPECT_TRUE(eventually([this] { return connections->open() == 1; })) << "the silent one holds nobody up";
}

// A client had connected, or had just got an answer that left the connection open, and its request was on its
// way when the drain began: it found a closed connection.
TEST_F(LifecycleTest, WhatIsOnItsWayWhenADrainBeginsIsStillAnswered) {
  settings.timeouts.drain_idle = 60s;
  start();
  auto kept = client(), fresh = client(), idle = client();
  EXPECT_EQ(kept.ask(get("/a")), "/a");
  EXPECT_EQ(idle.ask(get("/a")), "/a");
  ASSERT_TRUE(eventually([this] { return connections->open() == 3; }));
  on_worker([this] { connections->drain(Latecomers::serve); });
  auto late = client();  // accepted before, arrives after
  for (auto* c : {&kept, &fresh, &late}) {
    c->send(get("/b"));
    auto const head = c->head();
    EXPECT_TRUE(head.starts_with("HTTP/1.1 200 ")) << head;
    EXPECT_NE(head.find("connection: close\r\n"), head.npos) << head;
    EXPECT_EQ(c->body(head), "/b");
    EXPECT_EQ(c->rest(), "");
  }
  EXPECT_TRUE(eventually([this] { return connections->open_before_drain() == 1; })) << "the idle one";
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

// Log lines, for a test that must know that something has happened.
class LineCount final : public spdlog::sinks::sink {
 public:
  void log(spdlog::details::log_msg const&) override { ++lines; }
  void flush() override {}
  void set_pattern(std::string const&) override {}
  void set_formatter(std::unique_ptr<spdlog::formatter>) override {}
  std::atomic<int> lines{0};
};

TEST_F(LifecycleTest, RunningOutOfDescriptorsIsSurvived) {
  auto const log = std::make_shared<LineCount>();
  auto const before = spdlog::default_logger();
  spdlog::set_default_logger(std::make_shared<spdlog::logger>("test", log));
  start();
  auto c = client();
  EXPECT_EQ(c.ask(get("/before")), "/before");
  starving = true;
  auto waiting = client();
  waiting.send(get("/starved"));
  EXPECT_TRUE(eventually([] { return starved_calls >= 2; })) << "it is tried again";
  EXPECT_EQ(log->lines, 1) << "and said once";
  EXPECT_EQ(c.ask(get("/meanwhile")), "/meanwhile");
  EXPECT_EQ(connections->open(), 1u);
  starving = false;
  EXPECT_EQ(waiting.body(waiting.head()), "/starved");
  stop();
  spdlog::set_default_logger(before);
}

TEST_F(LifecycleTest, AnInheritedSocketIsServed) {
  start();
  int const fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  EXPECT_FALSE(listen_fd(io, fd, {connections.get()}, Capacity{10})) << "a socket that does not listen";
  sockaddr_in any{};
  any.sin_family = AF_INET;
  any.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  ASSERT_EQ(::bind(fd, reinterpret_cast<sockaddr*>(&any), sizeof any), 0);
  ASSERT_EQ(::listen(fd, 16), 0);
  std::unique_ptr<Listener> inherited;
  on_worker([&] { inherited = *listen_fd(io, fd, {connections.get()}, Capacity{10}); });
  Client c{inherited->local().port};
  EXPECT_EQ(c.ask(get("/inherited")), "/inherited");
  inherited->stop();
}

TEST_F(LifecycleTest, AnAddressInUseIsNamed) {
  start();
  auto const second = listen(io, listener->local(), {connections.get()}, Capacity{10});
  ASSERT_FALSE(second);
  EXPECT_NE(second.error().message().find(std::to_string(listener->local().port)), std::string::npos);
}

}  // namespace
}  // namespace tsg::server
