#include "admin/own_names.hpp"

#include <gtest/gtest.h>

#include <deque>

#include "config/values.hpp"

namespace tsg::admin {
namespace {

auto at(char const* address) {
  return boost::asio::ip::make_address(address);
}

struct Head {
  Head(std::initializer_list<std::pair<char const*, char const*>> fields) {
    for (auto const& [name, value] : fields) head.fields.push_back({name, value});
  }
  http::RequestHead head;
};

Names loopback() {
  Names names;
  names.listen = {"127.0.0.1", 8081};
  return names;
}

// Behind 0.0.0.0, where a request came in at 10.0.0.5.
Names everywhere() {
  Names names;
  names.listen = {"0.0.0.0", 8443};
  names.tls = true;
  names.certificate = {"Admin.Example.com", "*.tsg.example.com", "192.0.2.9", "2001:db8:0::9"};
  names.public_url = config::parse_url("https://llm.example.org/admin");
  return names;
}

std::string answer(Names const& names, char const* address, char const* host, char const* origin = nullptr) {
  Head h{{"Host", host}};
  if (origin) h.head.fields.push_back({"Origin", origin});
  auto const done = OwnNames{names}.check(h.head, at(address));
  return done ? "yes" : std::string{to_string(done.error().code())};
}

TEST(OwnNames, ALoopbackListenerAnswersToNamesOfThisMachineOnly) {
  for (auto const* host : {"127.0.0.1", "127.0.0.1:8081", "localhost:8081", "LOCALHOST", "localhost.",
                           "[::1]:8081", "127.8.9.1", "localhost:9000"})
    EXPECT_EQ(answer(loopback(), "127.0.0.1", host), "yes") << host;
  for (auto const* host :
       {"evil.example", "evil.example:8081", "localhost.evil.example", "127.0.0.1.evil.example", "10.0.0.5",
        "0.0.0.0:8081", "127.1", "2130706433", "", "gateway"})
    EXPECT_EQ(answer(loopback(), "127.0.0.1", host), "misdirected") << host;
}

TEST(OwnNames, APublicNameIsAnsweredBehindAProxyOnThisMachineToo) {
  auto names = loopback();
  names.public_url = config::parse_url("https://llm.example.org");
  EXPECT_EQ(answer(names, "127.0.0.1", "llm.example.org"), "yes");
  EXPECT_EQ(answer(names, "127.0.0.1", "LLM.example.org.:443"), "yes");
  EXPECT_EQ(answer(names, "127.0.0.1", "example.org"), "misdirected");
}

TEST(OwnNames, ElsewhereTheAddressTheCertificateAndThePublicNameAreAnswered) {
  for (auto const* host : {"10.0.0.5:8443", "admin.example.com", "a.tsg.example.com", "192.0.2.9:8443",
                           "[2001:db8::9]", "llm.example.org"})
    EXPECT_EQ(answer(everywhere(), "10.0.0.5", host), "yes") << host;
  for (auto const* host : {"10.0.0.6", "localhost", "127.0.0.1", "tsg.example.com", "a.b.tsg.example.com",
                           "example.com", "0.0.0.0", "[2001:db8::8]"})
    EXPECT_EQ(answer(everywhere(), "10.0.0.5", host), "misdirected") << host;
  EXPECT_EQ(answer(everywhere(), "127.0.0.1", "localhost:8443"), "yes") << "from the machine itself";
  EXPECT_EQ(answer(everywhere(), "2001:db8::5", "[2001:DB8:0:0::5]:8443"), "yes");
}

TEST(OwnNames, ARequestWithoutHostIsForNobody) {
  EXPECT_FALSE(OwnNames{loopback()}.check(Head{}.head, at("127.0.0.1")));
  EXPECT_FALSE(OwnNames{loopback()}.local(Head{}.head));
}

TEST(OwnNames, APageOfTheSameOriginMayAskAndNoOther) {
  EXPECT_EQ(answer(loopback(), "127.0.0.1", "localhost:8081", "http://localhost:8081"), "yes");
  EXPECT_EQ(answer(loopback(), "127.0.0.1", "localhost", "http://LOCALHOST:80"), "yes");
  for (auto const* origin : {"http://evil.example", "http://localhost:3000", "https://localhost:8081", "null",
                             "", "http://127.0.0.1:8081", "http://localhost:8081.evil.example",
                             "http://localhost", "chrome-extension://abc", "http://localhost:8081/x"})
    EXPECT_EQ(answer(loopback(), "127.0.0.1", "localhost:8081", origin), "forbidden") << origin;
  EXPECT_EQ(answer(everywhere(), "10.0.0.5", "admin.example.com", "https://llm.example.org"), "yes")
      << "a proxy may pass on another Host than the browser asked for";
  EXPECT_EQ(answer(everywhere(), "10.0.0.5", "llm.example.org", "http://llm.example.org"), "forbidden");
}

TEST(OwnNames, EveryOriginThatIsSaidCounts) {
  Head const two{{"host", "localhost"}, {"origin", "http://localhost"}, {"Origin", "http://evil.example"}};
  EXPECT_FALSE(OwnNames{loopback()}.check(two.head, at("127.0.0.1")));
}

TEST(OwnNames, LocalMeansALoopbackListenerAskedForAsOne) {
  EXPECT_TRUE(OwnNames{loopback()}.local(Head{{"host", "127.0.0.1:8081"}}.head));
  auto behind_proxy = loopback();
  behind_proxy.public_url = config::parse_url("https://llm.example.org");
  EXPECT_FALSE(OwnNames{behind_proxy}.local(Head{{"host", "llm.example.org"}}.head));
  EXPECT_FALSE(OwnNames{everywhere()}.local(Head{{"host", "localhost"}}.head));
}

}  // namespace
}  // namespace tsg::admin
