// TLS: versions, ALPN, reload, files that cannot be used. Certificates are made here.
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include <filesystem>

#include "server_fixture.hpp"

namespace tsg::server {
namespace {

class TlsTest : public ServerTest {
 protected:
  TlsTest() {
    std::string name = (std::filesystem::temp_directory_path() / "tsg-tls-XXXXXX").string();
    dir = ::mkdtemp(name.data());
  }
  ~TlsTest() override { std::filesystem::remove_all(dir); }

  // Self-signed, P-256, valid from `from` to `to` seconds from now.
  config::Tls make(std::string const& name, long from = -60, long to = 3'600) {
    config::Tls files;
    files.certificate = dir / (name + ".crt");
    files.key = dir / (name + ".key");
    EVP_PKEY* key = EVP_EC_gen("P-256");
    X509* certificate = X509_new();
    X509_set_version(certificate, 2);
    ASN1_INTEGER_set(X509_get_serialNumber(certificate), 1);
    X509_gmtime_adj(X509_getm_notBefore(certificate), from);
    X509_gmtime_adj(X509_getm_notAfter(certificate), to);
    X509_set_pubkey(certificate, key);
    auto* subject = X509_get_subject_name(certificate);
    X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC,
                               reinterpret_cast<unsigned char const*>(name.c_str()), -1, -1, 0);
    X509_set_issuer_name(certificate, subject);
    X509_sign(certificate, key, EVP_sha256());
    FILE* out = std::fopen(files.certificate.c_str(), "w");
    PEM_write_X509(out, certificate);
    std::fclose(out);
    out = std::fopen(files.key.c_str(), "w");
    PEM_write_PrivateKey(out, key, nullptr, nullptr, 0, nullptr, nullptr);
    std::fclose(out);
    std::filesystem::permissions(files.key, std::filesystem::perms{0600});
    X509_free(certificate);
    EVP_PKEY_free(key);
    return files;
  }
  void start_tls(Capacity const& capacity = Capacity{1'000}) {
    auto loaded = load_tls(make("server"));
    ASSERT_TRUE(loaded) << loaded.error().message();
    tls = *loaded;
    start(capacity);
  }
  std::filesystem::path dir;
};

// A blocking TLS client.
class TlsClient {
 public:
  TlsClient(std::uint16_t port, int version = 0, std::string const& alpn = "",
            char const* ciphers12 = nullptr)
      : tcp{port}, ctx_{SSL_CTX_new(TLS_client_method())} {
    if (version != 0) {
      SSL_CTX_set_security_level(ctx_, 0);
      SSL_CTX_set_min_proto_version(ctx_, version);
      SSL_CTX_set_max_proto_version(ctx_, version);
    }
    if (ciphers12 != nullptr) SSL_CTX_set_cipher_list(ctx_, ciphers12);
    ssl = SSL_new(ctx_);
    if (!alpn.empty()) {
      auto const wire = static_cast<char>(alpn.size()) + alpn;
      SSL_set_alpn_protos(ssl, reinterpret_cast<unsigned char const*>(wire.data()),
                          static_cast<unsigned>(wire.size()));
    }
    SSL_set_fd(ssl, tcp.fd());
    connected = SSL_connect(ssl) == 1;
  }
  ~TlsClient() {
    SSL_free(ssl);
    SSL_CTX_free(ctx_);
  }
  std::string name() const {
    char text[64] = {};
    X509* certificate = SSL_get1_peer_certificate(ssl);
    X509_NAME_get_text_by_NID(X509_get_subject_name(certificate), NID_commonName, text, sizeof text);
    X509_free(certificate);
    return text;
  }
  void send(std::string_view bytes) { SSL_write(ssl, bytes.data(), static_cast<int>(bytes.size())); }
  // Reads until `size` bytes or the end.
  std::string read(std::size_t size) {
    std::string all;
    char bytes[4096];
    while (all.size() < size) {
      int const n = SSL_read(ssl, bytes, sizeof bytes);
      if (n <= 0) break;
      all.append(bytes, static_cast<std::size_t>(n));
    }
    return all;
  }
  bool clean_end() const { return (SSL_get_shutdown(ssl) & SSL_RECEIVED_SHUTDOWN) != 0; }

  Client tcp;
  SSL* ssl = nullptr;
  bool connected = false;

 private:
  SSL_CTX* ctx_;
};

TEST_F(TlsTest, Versions12And13ServeRequestsOlderOnesDoNot) {
  start_tls();
  for (int const version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
    TlsClient c{listener->local().port, version, "http/1.1"};
    ASSERT_TRUE(c.connected);
    EXPECT_EQ(SSL_version(c.ssl), version);
    unsigned char const* chosen = nullptr;
    unsigned size = 0;
    SSL_get0_alpn_selected(c.ssl, &chosen, &size);
    EXPECT_EQ((std::string_view{reinterpret_cast<char const*>(chosen), size}), "http/1.1");
    c.send(post("/echo", "over tls") + get("/last"));
    auto const answers = c.read(1 << 20);
    EXPECT_NE(answers.find("over tls"), answers.npos);
    EXPECT_TRUE(answers.ends_with("/last"));
    EXPECT_TRUE(c.clean_end()) << "no close_notify";
    EXPECT_EQ(SSL_session_reused(c.ssl), 0);
  }
  EXPECT_FALSE(TlsClient(listener->local().port, TLS1_1_VERSION).connected);
}

TEST_F(TlsTest, OnlySuitesWithForwardSecrecyAndAead) {
  start_tls();
  auto const port = listener->local().port;
  EXPECT_TRUE(TlsClient(port, TLS1_2_VERSION, "", "ECDHE-ECDSA-AES128-GCM-SHA256").connected);
  EXPECT_FALSE(TlsClient(port, TLS1_2_VERSION, "", "ECDHE-ECDSA-AES128-SHA256").connected);
}

TEST_F(TlsTest, AnotherProtocolIsRefusedNoneIsHttp11) {
  start_tls();
  EXPECT_FALSE(TlsClient(listener->local().port, 0, "h2").connected);
  TlsClient plain{listener->local().port};
  EXPECT_TRUE(plain.connected);
}

TEST_F(TlsTest, AStreamCutShortHasNeitherLastChunkNorCloseNotify) {
  start_tls();
  TlsClient c{listener->local().port};
  c.send(get("/cut"));
  auto const all = c.read(1 << 20);
  EXPECT_TRUE(all.ends_with("9\r\nevent two\r\n")) << all;
  EXPECT_FALSE(c.clean_end());
}

TEST_F(TlsTest, ALeavingClientIsNoticedByCloseNotifyAndByFin) {
  start_tls();
  for (int expected = 1; expected <= 2; ++expected) {
    TlsClient c{listener->local().port};
    c.send(get("/wait"));
    ASSERT_TRUE(eventually([&] { return handler.waiting == expected; }));
    if (expected == 1)
      SSL_shutdown(c.ssl);
    else
      c.tcp.close();
    EXPECT_TRUE(eventually([&] { return handler.gone == expected; }));
  }
}

TEST_F(TlsTest, IdleConnectionsGiveUpTheirBufferAndStillServe) {
  start_tls();
  TlsClient c{listener->local().port};
  c.send(get("/a"));
  EXPECT_TRUE(c.read(1).ends_with("/a"));
  std::this_thread::sleep_for(1'200ms);  // wire.cpp: kHot
  c.send(get("/b"));
  EXPECT_TRUE(c.read(1).ends_with("/b"));
}

TEST_F(TlsTest, ASilentHandshakeIsCutOff) {
  settings.timeouts.tls_handshake = 50ms;
  start_tls();
  auto c = client();
  EXPECT_EQ(c.rest(), "");
  auto talks_plain = client();
  talks_plain.send(get("/a"));
  EXPECT_EQ(talks_plain.rest().find("HTTP/1.1"), std::string::npos);
  EXPECT_EQ(handler.requests, 0);
}

TEST_F(TlsTest, ANewCertificateIsForNewConnections) {
  start_tls();
  TlsClient old{listener->local().port};
  EXPECT_EQ(old.name(), "server");
  auto const renewed = load_tls(make("renewed"));
  on_worker([&] { connections->set_tls(*renewed); });
  EXPECT_EQ(TlsClient(listener->local().port).name(), "renewed");
  old.send(get("/still"));
  EXPECT_TRUE(old.read(1).ends_with("/still"));
}

TEST_F(TlsTest, UnusableFilesAreRefusedWithTheirNameAndTheReason) {
  auto good = make("good");
  auto const other = make("other");
  auto const expired = load_tls(make("expired", -7'200, -3'600));
  ASSERT_FALSE(expired);
  EXPECT_NE(expired.error().message().find("expired.crt: the certificate has expired"), std::string::npos);
  auto const early = load_tls(make("early", 3'600, 7'200));
  ASSERT_FALSE(early);
  EXPECT_NE(early.error().message().find("not valid yet"), std::string::npos);
  config::Tls mixed = good;
  mixed.key = other.key;
  auto const mismatch = load_tls(mixed);
  ASSERT_FALSE(mismatch);
  EXPECT_NE(mismatch.error().message().find("other.key"), std::string::npos) << mismatch.error().message();
  config::Tls missing = good;
  missing.certificate = dir / "missing.crt";
  auto const absent = load_tls(missing);
  ASSERT_FALSE(absent);
  EXPECT_NE(absent.error().message().find("missing.crt: "), std::string::npos);
  EXPECT_NE(absent.error().message().find("No such file"), std::string::npos) << absent.error().message();
  config::Tls keyless = good;
  keyless.key = dir / "missing.key";
  auto const no_key = load_tls(keyless);
  ASSERT_FALSE(no_key);
  EXPECT_NE(no_key.error().message().find("missing.key: No such file"), std::string::npos);
  std::filesystem::permissions(good.key, std::filesystem::perms{0644});
  auto const open_key = load_tls(good);
  ASSERT_FALSE(open_key) << "a private key is a secret like any other";
  EXPECT_NE(open_key.error().message().find("chmod 600"), std::string::npos) << open_key.error().message();
}

// It costs an attacker nothing not to begin a handshake, or to stop in the midst of one.
TEST_F(TlsTest, WhoDoesNotEndItsHandshakeGivesWay) {
  Capacity two{2};
  two.reserved = 1;
  start_tls(two);
  auto silent = client(), halted = client();
  halted.send(std::string_view{"\x16\x03\x01\x02\x00\x01", 6});
  TlsClient first{listener->local().port}, second{listener->local().port};
  ASSERT_TRUE(first.connected && second.connected);
  EXPECT_EQ(silent.rest(), "");
  EXPECT_EQ(halted.rest(), "");
  first.send(get("/a"));
  EXPECT_NE(first.read(100).find("/a"), std::string::npos);
}

TEST_F(TlsTest, WhereEveryPlaceIsBusyClientsAreStillToldSo) {
  Capacity one{1};
  one.reserved = 1;
  start_tls(one);
  TlsClient busy{listener->local().port};
  busy.send(get("/wait"));
  ASSERT_TRUE(eventually([this] { return handler.waiting == 1; }));
  TlsClient next{listener->local().port};
  ASSERT_TRUE(next.connected);
  next.send(get("/a"));
  auto const answer = next.read(10'000);
  EXPECT_TRUE(answer.starts_with("HTTP/1.1 503 ")) << answer;
  EXPECT_TRUE(next.clean_end());
  handler.let_go();
}

}  // namespace
}  // namespace tsg::server
