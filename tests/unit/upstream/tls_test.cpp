// TLS towards a provider: two of these must fail, or the gateway hands its keys to anybody (pitfall 13).
#include <gtest/gtest.h>
#include <openssl/ssl.h>
#include <unistd.h>

#include <atomic>
#include <cstdio>

#include "unit/upstream/certificates.hpp"
#include "unit/upstream/client_fixture.hpp"

namespace tsg::upstream::test {
namespace {

class UpstreamTls : public ClientTest {
 protected:
  UpstreamTls() {
    static std::atomic<int> serial = 0;
    file_ =
        testing::TempDir() + "tsg-ca-" + std::to_string(::getpid()) + "-" + std::to_string(++serial) + ".pem";
    write_pem(authority_, file_);
    ca_file = file_;
    serve("DNS:localhost");
  }
  ~UpstreamTls() override { std::remove(file_.c_str()); }

  void serve(char const* alternative) {
    server = std::make_unique<asio::ssl::context>(asio::ssl::context::tls_server);
    auto const leaf = make_identity("leaf", alternative, &authority_);
    use(*server, leaf);
  }
  Script answer(std::string text) {
    return [this, text = std::move(text)](Peer& peer) {
      if (!peer.handshake()) return;
      resumed += SSL_session_reused(peer.ssl());
      if (auto const* name = SSL_get_servername(peer.ssl(), TLSEXT_NAMETYPE_host_name)) server_name = name;
      requests += !peer.read_request().empty();
      peer.write(text);
      peer.saw_end();
    };
  }

  std::unique_ptr<asio::ssl::context> server;
  std::atomic<int> requests = 0, resumed = 0;
  std::string server_name;  // read after the provider is gone

 private:
  Identity authority_ = make_identity("test authority", nullptr);
  std::string file_;
};

TEST_F(UpstreamTls, SpeaksToAVerifiedProviderByName) {
  {
    FakeProvider provider{{answer(kOk)}, server.get()};
    auto const to = url(provider.port(), "localhost", true);
    auto const got = ask(to);
    EXPECT_FALSE(got.error) << details_of(got).log;
    EXPECT_EQ(got.body, "ok");
    EXPECT_EQ(client->stats().idle, 1u);
    client.reset();
  }
  EXPECT_EQ(server_name, "localhost");
}

TEST_F(UpstreamTls, ReusesAConnection) {
  auto const twice = [&](Peer& peer) {
    if (!peer.handshake()) return;
    for (int i = 0; i < 2; ++i) {
      peer.read_request();
      peer.write(kOk);
    }
    peer.saw_end();
  };
  FakeProvider provider{{twice}, server.get()};
  auto const to = url(provider.port(), "localhost", true);
  EXPECT_EQ(ask(to).body, "ok");
  auto const second = ask(to);
  EXPECT_EQ(second.body, "ok");
  EXPECT_TRUE(second.reused);
  client.reset();
}

TEST_F(UpstreamTls, SpeaksToAnAddressThatTheCertificateNames) {
  serve("IP:127.0.0.1");
  FakeProvider provider{{answer(kOk)}, server.get()};
  auto const to = url(provider.port(), "127.0.0.1", true);
  auto const got = ask(to);
  EXPECT_FALSE(got.error) << details_of(got).log;
  client.reset();
}

TEST_F(UpstreamTls, RefusesACertificateForAnotherHost) {
  FakeProvider provider{{answer(kOk), answer(kOk)}, server.get()};
  for (auto const* host : {"wrong.test", "127.0.0.1"}) {
    auto const to = url(provider.port(), host, true);
    auto const got = ask(to);
    ASSERT_TRUE(got.error) << host;
    EXPECT_EQ(got.error->code(), Errc::provider_unavailable);
    EXPECT_EQ(details_of(got).status, 503);
    EXPECT_FALSE(details_of(got).dispatched);
    EXPECT_NE(details_of(got).log.find("mismatch"), std::string::npos) << details_of(got).log;
  }
  EXPECT_EQ(requests, 0);
}

TEST_F(UpstreamTls, RefusesAnAuthorityThatNobodyNamed) {
  FakeProvider provider{{answer(kOk)}, server.get()};
  ca_file.clear();  // the system's trust store alone
  auto const to = url(provider.port(), "localhost", true);
  auto const got = ask(to);
  ASSERT_TRUE(got.error);
  EXPECT_EQ(got.error->code(), Errc::provider_unavailable);
  EXPECT_FALSE(details_of(got).dispatched);
  EXPECT_NE(details_of(got).log.find("certificate"), std::string::npos) << details_of(got).log;
  EXPECT_EQ(requests, 0);
}

TEST_F(UpstreamTls, RefusesOldProtocols) {
  SSL_CTX_set_min_proto_version(server->native_handle(), TLS1_VERSION);
  SSL_CTX_set_max_proto_version(server->native_handle(), TLS1_1_VERSION);
  SSL_CTX_set_security_level(server->native_handle(), 0);
  FakeProvider provider{{answer(kOk)}, server.get()};
  auto const to = url(provider.port(), "localhost", true);
  EXPECT_TRUE(ask(to).error);
  EXPECT_EQ(requests, 0);
}

TEST_F(UpstreamTls, AMissingCaFileIsNotTheSystemsTrust) {
  FakeProvider provider{{}, server.get()};
  ca_file = "/nonexistent/ca.pem";
  auto const to = url(provider.port(), "localhost", true);
  auto const got = ask(to);
  ASSERT_TRUE(got.error);
  EXPECT_NE(details_of(got).log.find("ca_file"), std::string::npos);
  EXPECT_EQ(got.error->message(), "The provider could not be reached.");
}

TEST_F(UpstreamTls, TheSecondDialResumesTheSession) {
  for (int const version : {TLS1_3_VERSION, TLS1_2_VERSION}) {
    SSL_CTX_set_max_proto_version(server->native_handle(), version);
    resumed = 0;
    FakeProvider provider{{answer(kOkClose), answer(kOkClose), answer(kOkClose)}, server.get()};
    auto const to = url(provider.port(), "localhost", true);
    EXPECT_EQ(ask(to).body, "ok");
    EXPECT_EQ(resumed, 0);
    EXPECT_EQ(ask(to).body, "ok");
    EXPECT_EQ(resumed, 1) << version;
    EXPECT_EQ(ask(to).body, "ok");
    EXPECT_EQ(resumed, 2) << version;
  }
}

// A session belongs to the name it was verified for.
TEST_F(UpstreamTls, ASessionIsNotTakenToAnotherName) {
  serve("DNS:localhost,DNS:other.test");
  FakeProvider provider{{answer(kOkClose), answer(kOkClose)}, server.get()};
  auto const here = url(provider.port(), "localhost", true);
  auto const there = url(provider.port(), "other.test", true);
  EXPECT_EQ(ask(here).body, "ok");
  EXPECT_EQ(ask(there).body, "ok");
  EXPECT_EQ(resumed, 0);
}

// Without close_notify anybody on the path could have ended it (pitfall 12, TLS-5).
TEST_F(UpstreamTls, ABodyEndedByABareFinIsCutOff) {
  FakeProvider provider{{[](Peer& peer) {
                          if (!peer.handshake()) return;
                          peer.read_request();
                          peer.write("HTTP/1.1 200 OK\r\n\r\nis that all?");
                          peer.close();
                        }},
                        server.get()};
  auto const to = url(provider.port(), "localhost", true);
  auto const got = ask(to);
  ASSERT_TRUE(got.error);
  EXPECT_EQ(got.error->code(), Errc::provider_unavailable);
  EXPECT_EQ(got.body, "is that all?");
}

TEST_F(UpstreamTls, ABodyEndedByCloseNotifyIsComplete) {
  FakeProvider provider{{[](Peer& peer) {
                          if (!peer.handshake()) return;
                          peer.read_request();
                          peer.write("HTTP/1.1 200 OK\r\n\r\nall of it");
                          peer.close_notify();
                        }},
                        server.get()};
  auto const to = url(provider.port(), "localhost", true);
  auto const got = ask(to);
  EXPECT_FALSE(got.error) << details_of(got).log;
  EXPECT_EQ(got.body, "all of it");
}

}  // namespace
}  // namespace tsg::upstream::test
