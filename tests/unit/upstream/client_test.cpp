// One exchange at a time against a scripted provider, plain TCP.
#include <gtest/gtest.h>

#include <atomic>
#include <future>

#include "unit/upstream/client_fixture.hpp"

namespace tsg::upstream::test {
namespace {

using UpstreamClient = ClientTest;

TEST_F(UpstreamClient, SendsOneRequestAndReadsItsAnswer) {
  std::string seen;
  Answer answer;
  {
    FakeProvider provider{{[&](Peer& peer) {
      seen = peer.read_request();
      peer.write("HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 2\r\n\r\nok");
    }}};
    headers.set("authorization", "Bearer k");
    auto const to = url(provider.port());
    answer = ask(to, R"({"model":"m"})");
    EXPECT_NE(seen.find("host: 127.0.0.1:" + std::to_string(provider.port()) + "\r\n"), std::string::npos);
    client.reset();
  }
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.body, "ok");
  EXPECT_FALSE(answer.reused);
  EXPECT_EQ(answer.stage, Stage::body);
  EXPECT_EQ(progress.pending, nullptr);
  EXPECT_EQ(seen.rfind("POST /v1/chat/completions HTTP/1.1\r\n", 0), 0u);
  EXPECT_NE(seen.find("content-length: 13\r\n"), std::string::npos);
  EXPECT_NE(seen.find("authorization: Bearer k\r\n"), std::string::npos);
  EXPECT_EQ(seen.substr(seen.size() - 13), R"({"model":"m"})");
}

TEST_F(UpstreamClient, AGetSharesThePoolAndHasNoBody) {
  std::string seen;
  FakeProvider provider{{[&](Peer& peer) {
    peer.read_request();
    peer.write(kOk);
    seen = peer.read_request();
    peer.write(kOk);
  }}};
  auto const to = url(provider.port());
  EXPECT_EQ(ask(to).status, 200);
  auto asked = request(to, "");
  asked.path = "/v1/models";
  {
    auto const exchange = wait(client->get(std::move(asked), deadlines(), progress));
    ASSERT_TRUE(exchange);
    EXPECT_TRUE((*exchange)->reused());
    std::string body;
    while (wait((*exchange)->read_some(body)).value() > 0) {
    }
    EXPECT_EQ(body, "ok");
  }
  EXPECT_EQ(client->stats().idle, 1u);
  client.reset();
  EXPECT_TRUE(seen.starts_with("GET /v1/models HTTP/1.1\r\n")) << seen;
  EXPECT_EQ(seen.find("content-length"), std::string::npos);
}

TEST_F(UpstreamClient, AsksAgainOnTheSameConnection) {
  FakeProvider provider{{[](Peer& peer) {
    for (int i = 0; i < 3; ++i) {
      peer.read_request();
      peer.write(kOk);
    }
  }}};
  auto const to = url(provider.port());
  EXPECT_FALSE(ask(to).reused);
  EXPECT_EQ(client->stats().idle, 1u);
  EXPECT_TRUE(ask(to).reused);
  EXPECT_TRUE(ask(to).reused);
  EXPECT_EQ(provider.accepted(), 1u);
  client.reset();
}

TEST_F(UpstreamClient, OneOriginIsNotAnother) {
  auto const once = [](Peer& peer) {
    peer.read_request();
    peer.write(kOk);
    peer.saw_end();
  };
  FakeProvider provider{{once, once}};
  auto const by_address = url(provider.port());
  auto const by_name = url(provider.port(), "localhost");
  EXPECT_FALSE(ask(by_address).reused);
  EXPECT_FALSE(ask(by_name).reused);
  client.reset();
}

// Providers close idle connections when they like. The FIN is there before the next request: it must go out
// on a fresh connection, once.
TEST_F(UpstreamClient, AConnectionThatDiedInThePoolCostsNothing) {
  std::promise<void> closed;
  std::atomic<int> requests = 0;
  FakeProvider provider{{[&](Peer& peer) {
                           requests += !peer.read_request().empty();
                           peer.write(kOk);
                           peer.close();
                           closed.set_value();
                         },
                         [&](Peer& peer) {
                           requests += !peer.read_request().empty();
                           peer.write(kOk);
                         }}};
  auto const to = url(provider.port());
  EXPECT_EQ(ask(to).status, 200);
  closed.get_future().wait();
  auto const second = ask(to);
  EXPECT_EQ(second.status, 200);
  EXPECT_FALSE(second.reused);
  EXPECT_EQ(requests, 2);
  client.reset();
}

// The reset arrives while the body is still being written: the last byte was never handed over, so the
// provider cannot have run it (pitfall 18).
TEST_F(UpstreamClient, AWriteThatFailsOnAReusedConnectionIsSentAgain) {
  std::string const body(32 << 20, 'x');
  std::string resent;
  {
    FakeProvider provider{{[](Peer& peer) {
                             peer.read_request();
                             peer.write(kOk);
                             char some[16];
                             peer.read_some(some, sizeof some);
                             peer.reset();
                           },
                           [&](Peer& peer) {
                             resent = peer.read_request();
                             peer.write(kOk);
                           }}};
    auto const to = url(provider.port());
    EXPECT_EQ(ask(to).status, 200);
    auto const second = ask(to, body);
    EXPECT_EQ(second.status, 200);
    EXPECT_FALSE(second.reused);
    EXPECT_TRUE(progress.resent);
    EXPECT_EQ(provider.accepted(), 2u);
    client.reset();
  }
  EXPECT_GT(resent.size(), body.size());
}

// The write went through, then nothing: it may have run. Sending it again could pay twice.
TEST_F(UpstreamClient, AnEofAfterTheWriteIsNeverSentAgain) {
  FakeProvider provider{{[](Peer& peer) {
    peer.read_request();
    peer.write(kOk);
    peer.read_request();
    peer.close();
  }}};
  auto const to = url(provider.port());
  EXPECT_EQ(ask(to).status, 200);
  auto const second = ask(to);
  ASSERT_TRUE(second.error);
  EXPECT_EQ(second.error->code(), Errc::provider_unavailable);
  EXPECT_TRUE(second.reused);
  EXPECT_EQ(second.stage, Stage::head);
  EXPECT_TRUE(details_of(second).dispatched);
  EXPECT_EQ(details_of(second).status, 502);
  EXPECT_EQ(provider.accepted(), 1u);
}

// A refusal that comes before the body was read is an answer, not a broken pipe.
TEST_F(UpstreamClient, HearsAnAnswerGivenBeforeTheBodyWasTaken) {
  std::promise<void> answered;
  FakeProvider provider{{[&](Peer& peer) {
    char some[16];
    peer.read_some(some, sizeof some);
    peer.write("HTTP/1.1 413 Too Large\r\nconnection: close\r\ncontent-length: 0\r\n\r\n");
    peer.reset();
  }}};
  auto const to = url(provider.port());
  auto const answer = ask(to, std::string(32 << 20, 'x'));
  // Whether the kernel still has the answer is its affair; what may not happen is a second request.
  if (answer.error)
    EXPECT_TRUE(details_of(answer).dispatched);
  else
    EXPECT_EQ(answer.status, 413);
  EXPECT_EQ(provider.accepted(), 1u);
  EXPECT_EQ(client->stats().idle, 0u);
}

TEST_F(UpstreamClient, SkipsInterimAnswers) {
  FakeProvider provider{{[](Peer& peer) {
    peer.read_request();
    peer.write("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nlink: <x>\r\n\r\n" + kOk);
  }}};
  auto const to = url(provider.port());
  auto const answer = ask(to);
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.body, "ok");
}

TEST_F(UpstreamClient, ReadsChunks) {
  FakeProvider provider{{[](Peer& peer) {
    peer.read_request();
    peer.write("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\n");
    peer.write("4\r\ndefg\r\n0\r\n\r\n");
    peer.saw_end();
  }}};
  auto const to = url(provider.port());
  EXPECT_EQ(ask(to).body, "abcdefg");
  EXPECT_EQ(client->stats().idle, 1u);
  client.reset();
}

TEST_F(UpstreamClient, ReadsToTheEndOfAConnection) {
  FakeProvider provider{{[](Peer& peer) {
    peer.read_request();
    peer.write("HTTP/1.1 200 OK\r\n\r\nall of it");
    peer.close();
  }}};
  auto const to = url(provider.port());
  auto const answer = ask(to);
  EXPECT_FALSE(answer.error);
  EXPECT_EQ(answer.body, "all of it");
  EXPECT_EQ(client->stats().idle, 0u);
}

TEST_F(UpstreamClient, AnAnswerCutOffIsAnErrorAndKeepsWhatCame) {
  for (auto const* start : {"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nhalf",
                            "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n4\r\nhalf\r\n"}) {
    FakeProvider provider{{[&](Peer& peer) {
      peer.read_request();
      peer.write(start);
      peer.close();
    }}};
    auto const to = url(provider.port());
    auto const answer = ask(to);
    ASSERT_TRUE(answer.error) << start;
    EXPECT_EQ(answer.error->code(), Errc::provider_unavailable);
    EXPECT_EQ(details_of(answer).status, 502);
    EXPECT_EQ(answer.body, "half");
  }
}

TEST_F(UpstreamClient, BytesAfterAnAnswerPoisonTheConnection) {
  auto const surplus = [](Peer& peer) {
    peer.read_request();
    peer.write(kOk + "HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\nevil");
    peer.saw_end();
  };
  FakeProvider provider{{surplus, surplus}};
  auto const to = url(provider.port());
  EXPECT_EQ(ask(to).body, "ok");
  EXPECT_EQ(client->stats().idle, 0u);
  auto const second = ask(to);
  EXPECT_EQ(second.body, "ok");
  EXPECT_FALSE(second.reused);
}

TEST_F(UpstreamClient, AnAnswerThatIsNotHttpIsNamed) {
  FakeProvider provider{{[](Peer& peer) {
    peer.read_request();
    peer.write("SSH-2.0-OpenSSH_9.2\r\n\r\n");
    peer.saw_end();
  }}};
  auto const to = url(provider.port());
  auto const answer = ask(to);
  ASSERT_TRUE(answer.error);
  EXPECT_EQ(answer.error->code(), Errc::provider_unavailable);
  EXPECT_EQ(details_of(answer).status, 502);
}

TEST_F(UpstreamClient, NobodyThereIsNotDispatched) {
  std::uint16_t port = 0;
  { port = FakeProvider{{}}.port(); }
  auto const to = url(port);
  auto const answer = ask(to);
  ASSERT_TRUE(answer.error);
  EXPECT_EQ(answer.error->code(), Errc::provider_unavailable);
  EXPECT_EQ(details_of(answer).status, 503);
  EXPECT_FALSE(details_of(answer).dispatched);
  EXPECT_EQ(answer.stage, Stage::dial);
  EXPECT_EQ(answer.error->message(), "The provider could not be reached.");
}

TEST_F(UpstreamClient, ASilentProviderMeetsFirstByte) {
  FakeProvider provider{{[](Peer& peer) {
    peer.read_request();
    EXPECT_TRUE(peer.saw_end());
  }}};
  first_byte = std::chrono::milliseconds{30};
  auto const to = url(provider.port());
  auto const answer = ask(to);
  ASSERT_TRUE(answer.error);
  EXPECT_EQ(answer.error->code(), Errc::provider_timeout);
  EXPECT_NE(details_of(answer).log.find("first_byte"), std::string::npos);
  EXPECT_TRUE(details_of(answer).dispatched);
}

TEST_F(UpstreamClient, AStreamThatStallsMeetsStreamIdle) {
  FakeProvider provider{{[](Peer& peer) {
    peer.read_request();
    peer.write("HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nhalf");
    EXPECT_TRUE(peer.saw_end());
  }}};
  idle = std::chrono::milliseconds{30};
  auto const to = url(provider.port());
  auto const answer = ask(to);
  ASSERT_TRUE(answer.error);
  EXPECT_EQ(answer.error->code(), Errc::provider_timeout);
  EXPECT_NE(details_of(answer).log.find("stream_idle"), std::string::npos);
  EXPECT_EQ(answer.body, "half");
}

TEST_F(UpstreamClient, TheTotalClipsEveryOtherWait) {
  FakeProvider provider{{[](Peer& peer) {
    peer.read_request();
    EXPECT_TRUE(peer.saw_end());
  }}};
  total = std::chrono::milliseconds{50};
  auto const to = url(provider.port());
  auto const answer = ask(to);
  ASSERT_TRUE(answer.error);
  EXPECT_EQ(answer.error->code(), Errc::provider_timeout);
  EXPECT_NE(details_of(answer).log.find("request_total"), std::string::npos);
}

// Spending stops when the client leaves (SSE-6): the provider sees the end at once, not at a deadline.
TEST_F(UpstreamClient, AnAbortedSendClosesTheConnection) {
  std::promise<void> asked, ended;
  FakeProvider provider{{[&](Peer& peer) {
    peer.read_request();
    asked.set_value();
    peer.saw_end();
    ended.set_value();
  }}};
  auto const to = url(provider.port());
  auto got_request = asked.get_future();
  std::optional<Result<std::unique_ptr<Exchange>>> sent;
  asio::co_spawn(
      io, client->send(request(to), deadlines(), progress, hold, slot()),
      [&](std::exception_ptr, Result<std::unique_ptr<Exchange>> r) { sent.emplace(std::move(r)); });
  turn_until([&] { return progress.stage == Stage::head; });
  got_request.wait();
  ASSERT_NE(progress.pending, nullptr);
  client->abort(progress);
  ended.get_future().wait();  // before send() has even resumed
  turn_until([&] { return sent.has_value(); });
  ASSERT_FALSE(*sent);
  EXPECT_EQ(sent->error().code(), Errc::client_gone);
  EXPECT_EQ(progress.pending, nullptr);
  client->abort(progress);  // late, and harmless
}

TEST_F(UpstreamClient, AnAbortReachesASendThatWaitsForAName) {
  resolver->stop();
  resolver = make_resolver(LookUp{[](std::string const&, std::uint16_t) { return Addresses{}; }});
  client = make_client(io, *resolver, timeouts);
  auto const to = url(9, "nowhere.test");
  std::optional<Result<std::unique_ptr<Exchange>>> sent;
  asio::co_spawn(
      io, client->send(request(to), deadlines(), progress, hold, slot()),
      [&](std::exception_ptr, Result<std::unique_ptr<Exchange>> r) { sent.emplace(std::move(r)); });
  turn_until([&] { return progress.pending != nullptr; });
  client->abort(progress);
  turn_until([&] { return sent.has_value(); });
  ASSERT_FALSE(*sent);
  EXPECT_EQ(sent->error().code(), Errc::client_gone);
}

TEST_F(UpstreamClient, ANameThatNeverResolvesEndsWithTheDialDeadline) {
  resolver->stop();
  resolver = make_resolver(LookUp{[](std::string const&, std::uint16_t) {
    Addresses none;
    none.failure = "Name or service not known";
    return none;
  }});
  client = make_client(io, *resolver, timeouts);
  dial = std::chrono::milliseconds{50};
  auto const to = url(9, "nowhere.test");
  auto const answer = ask(to);
  ASSERT_TRUE(answer.error);
  EXPECT_EQ(answer.error->code(), Errc::provider_unavailable);
  EXPECT_NE(details_of(answer).log.find("Name or service not known"), std::string::npos);
  EXPECT_FALSE(details_of(answer).dispatched);
}

// The look-up fails until it does not: nobody has to restart anything, and no request waits for a look-up.
TEST_F(UpstreamClient, ANameThatHealsIsUsedByAFollowingRequest) {
  FakeProvider provider{{[](Peer& peer) {
    peer.read_request();
    peer.write(kOkClose);
  }}};
  std::atomic<bool> healed{false};
  std::atomic<int> looked{0};
  resolver->stop();
  resolver = make_resolver(LookUp{[&](std::string const&, std::uint16_t port) {
    ++looked;
    Addresses found;
    if (healed)
      found.endpoints.emplace_back(asio::ip::address_v4::loopback(), port);
    else
      found.failure = "Temporary failure in name resolution";
    return found;
  }});
  client = make_client(io, *resolver, timeouts);
  dial = std::chrono::milliseconds{50};
  auto const to = url(provider.port(), "heals.test");
  auto const before = ask(to);
  ASSERT_TRUE(before.error);
  EXPECT_EQ(before.error->code(), Errc::provider_unavailable);
  EXPECT_EQ(details_of(before).status, 503);
  EXPECT_NE(details_of(before).log.find("Temporary failure in name resolution"), std::string::npos);
  EXPECT_EQ(before.stage, Stage::dial);
  EXPECT_FALSE(details_of(before).dispatched) << "it may be asked again, or somebody else";

  healed = true;
  dial = std::chrono::seconds{20};  // waits for the next look-up, which is due within a second or two
  auto const after = ask(to);
  EXPECT_FALSE(after.error) << details_of(after).log;
  EXPECT_EQ(after.body, "ok");
  EXPECT_GE(looked.load(), 2);
  client.reset();
  resolver->stop();
}

TEST_F(UpstreamClient, AClosedExchangeEndsItsPendingRead) {
  std::promise<void> ended;
  FakeProvider provider{{[&](Peer& peer) {
    peer.read_request();
    peer.write("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n");
    peer.saw_end();
    ended.set_value();
  }}};
  auto const to = url(provider.port());
  auto exchange = send(to);
  ASSERT_TRUE(exchange);
  std::string body;
  std::optional<Result<std::size_t>> read;
  asio::co_spawn(io, (*exchange)->read_some(body),
                 [&](std::exception_ptr, Result<std::size_t> r) { read.emplace(std::move(r)); });
  io.restart();
  io.poll();
  (*exchange)->close();
  ended.get_future().wait();
  turn_until([&] { return read.has_value(); });
  ASSERT_FALSE(*read);
  EXPECT_EQ(read->error().code(), Errc::client_gone);
  exchange->reset();
  EXPECT_EQ(client->stats().idle, 0u);
}

TEST_F(UpstreamClient, AnExchangeDroppedHalfWayIsNotPooled) {
  std::promise<void> ended;
  FakeProvider provider{{[&](Peer& peer) {
    peer.read_request();
    peer.write("HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nhalf");
    peer.saw_end();
    ended.set_value();
  }}};
  auto const to = url(provider.port());
  { auto const exchange = send(to); }
  ended.get_future().wait();
  EXPECT_EQ(client->stats().idle, 0u);
  EXPECT_EQ(client->stats().busy, 0u);
}

TEST_F(UpstreamClient, ClosingACompleteExchangeKeepsItsConnection) {
  FakeProvider provider{{[](Peer& peer) {
    peer.read_request();
    peer.write(kOk);
    peer.saw_end();
  }}};
  auto const to = url(provider.port());
  auto exchange = send(to);
  ASSERT_TRUE(exchange);
  std::string body;
  EXPECT_EQ(*wait((*exchange)->read_some(body)), 2u);
  (*exchange)->close();
  exchange->reset();
  EXPECT_EQ(client->stats().idle, 1u);
  client.reset();
}

TEST_F(UpstreamClient, IdleConnectionsAreClosedByTheirLimit) {
  timeouts.upstream_idle = std::chrono::milliseconds{30};
  client = make_client(io, *resolver, timeouts);
  FakeProvider provider{{[](Peer& peer) {
    peer.read_request();
    peer.write(kOk);
    EXPECT_TRUE(peer.saw_end());
  }}};
  auto const to = url(provider.port());
  EXPECT_EQ(ask(to).status, 200);
  EXPECT_EQ(client->stats().idle, 1u);
  turn_until([&] { return client->stats().idle == 0; });
  EXPECT_EQ(client->stats().idle, 0u);
}

// A frame with a live exchange may be destroyed with the io_context, after the client.
TEST_F(UpstreamClient, AnExchangeMayOutliveItsClient) {
  FakeProvider provider{{[](Peer& peer) {
    peer.read_request();
    peer.write(kOk);
    peer.saw_end();
  }}};
  auto const to = url(provider.port());
  auto exchange = send(to);
  ASSERT_TRUE(exchange);
  std::string body;
  EXPECT_EQ(*wait((*exchange)->read_some(body)), 2u);
  client.reset();
  exchange->reset();
}

}  // namespace
}  // namespace tsg::upstream::test
