// What the code takes for granted of the kernel, OpenSSL and the JSON libraries.
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <memory>
#include <nlohmann/json.hpp>

namespace {

// A listening socket on loopback and a client that is connected to it, not yet accepted.
class Kernel : public testing::Test {
 protected:
  Kernel() {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    auto* const raw = reinterpret_cast<sockaddr*>(&address);
    int const on = 1;
    ::setsockopt(listener, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    EXPECT_EQ(::bind(listener, raw, size), 0);
    EXPECT_EQ(::listen(listener, 16), 0);
    EXPECT_EQ(::getsockname(listener, raw, &size), 0);
    EXPECT_EQ(::connect(client, raw, size), 0);
  }
  ~Kernel() override {
    for (int const fd : {accepted, client, listener})
      if (fd >= 0) ::close(fd);
  }
  void accept() { accepted = ::accept4(listener, nullptr, nullptr, SOCK_CLOEXEC); }
  bool readable(int fd) {
    pollfd p{fd, POLLIN, 0};
    return ::poll(&p, 1, 10'000) == 1;
  }
  int listener = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  int client = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  int accepted = -1;
};

// server/listener.cpp backs off and tries again (pitfall 24): nothing is lost by it.
TEST_F(Kernel, AConnectionThatFindsNoDescriptorStaysInTheBacklog) {
  int const fd = listener;  // no member while descriptors lack: UBSan's vptr check would open a pipe
  rlimit old{};
  ::getrlimit(RLIMIT_NOFILE, &old);
  rlimit none = old;
  none.rlim_cur = 0;
  ::setrlimit(RLIMIT_NOFILE, &none);
  int const refused = ::accept4(fd, nullptr, nullptr, SOCK_CLOEXEC);
  int const reason = errno;
  ::setrlimit(RLIMIT_NOFILE, &old);
  EXPECT_EQ(refused, -1);
  EXPECT_EQ(reason, EMFILE);
  ASSERT_TRUE(readable(listener));
  accept();
  EXPECT_GE(accepted, 0);
}

// It is set once, on the listener.
TEST_F(Kernel, AcceptedSocketsInheritNoDelay) {
  accept();
  int value = 0;
  socklen_t size = sizeof value;
  ::getsockopt(accepted, IPPROTO_TCP, TCP_NODELAY, &value, &size);
  EXPECT_NE(value, 0);
}

// server/wire.cpp throws unread bytes away without copying them.
TEST_F(Kernel, MsgTruncDiscardsStreamBytes) {
  accept();
  ASSERT_EQ(::send(client, "abcdef", 6, 0), 6);
  ASSERT_TRUE(readable(accepted));
  char untouched[6] = {'u'};
  EXPECT_EQ(::recv(accepted, untouched, 3, MSG_TRUNC | MSG_DONTWAIT), 3);
  EXPECT_EQ(untouched[0], 'u');
  char rest[8] = {};
  EXPECT_EQ(::recv(accepted, rest, sizeof rest, MSG_DONTWAIT), 3);
  EXPECT_EQ(std::string(rest), "def");
}

// net/stream.cpp sees a client leave behind bytes that nobody has read.
TEST_F(Kernel, PollRdhupShowsAFinBehindUnreadBytes) {
  accept();
  ASSERT_EQ(::send(client, "unread", 6, 0), 6);
  ASSERT_EQ(::shutdown(client, SHUT_WR), 0);
  pollfd p{accepted, POLLRDHUP, 0};
  ASSERT_EQ(::poll(&p, 1, 10'000), 1);
  EXPECT_NE(p.revents & POLLRDHUP, 0);
}

// Pitfall 13: verification is ours to switch on; tests/unit/upstream/tls_test.cpp shows that we do.
TEST(OpenSsl, AFreshClientContextVerifiesNothing) {
  std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)> const context{SSL_CTX_new(TLS_client_method()),
                                                                  &SSL_CTX_free};
  EXPECT_EQ(SSL_CTX_get_verify_mode(context.get()), SSL_VERIFY_NONE);
}

// Pitfall 25: why clients' bodies are read by src/json, and nlohmann only sees documents of our own.
TEST(Nlohmann, KeepsTheLastOfTwoKeysAndRoundsLargeIntegers) {
  auto const parsed = nlohmann::json::parse(R"({"model":"cheap","model":"dear"})");
  EXPECT_EQ(parsed["model"], "dear");
  EXPECT_TRUE(nlohmann::json::parse("18446744073709551616").is_number_float());
}

TEST(Nlohmann, ThrowsOnInvalidUtf8UnlessToldToReplace) {
  nlohmann::json const bad = std::string("\xff");
  EXPECT_THROW((void)bad.dump(), nlohmann::json::type_error);
  EXPECT_EQ(bad.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace), "\"\xef\xbf\xbd\"");
}

}  // namespace
