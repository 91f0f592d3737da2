// Who asked, as far as it can be believed (standards 8.6), and no more of it than a network (AUD-33).
#include "tsg/pipeline/client_network.hpp"

#include "unit/pipeline/fakes.hpp"

namespace tsg::pipeline::test {
namespace {

using Proxies = std::vector<std::string>;

std::string network(std::string_view peer, Proxies const& proxies,
                    std::vector<std::pair<std::string, std::string>> const& fields = {}) {
  boost::asio::io_context io;
  FakeExchange exchange{io.get_executor(), http::Method::get, "/"};
  exchange.from = boost::asio::ip::make_address(peer);
  for (auto const& [name, value] : fields) exchange.with(name, value);
  return client_network(exchange, proxies);
}

TEST(ClientNetwork, OnlyTheNetworkIsKept) {
  EXPECT_EQ(network("192.0.2.77", {}), "192.0.2.0/24");
  EXPECT_EQ(network("::ffff:192.0.2.77", {}), "192.0.2.0/24");
  EXPECT_EQ(network("2001:db8:1:2::3", {}), "2001:db8:1::/48");
}

TEST(ClientNetwork, AStrangersHeaderIsNotBelieved) {
  EXPECT_EQ(network("192.0.2.7", {}, {{"x-forwarded-for", "203.0.113.9"}}), "192.0.2.0/24");
  EXPECT_EQ(network("192.0.2.7", {"10.0.0.0/8"}, {{"x-forwarded-for", "203.0.113.9"}}), "192.0.2.0/24");
  EXPECT_EQ(network("192.0.2.7", {"10.0.0.0/8"}, {{"forwarded", "for=203.0.113.9"}}), "192.0.2.0/24");
}

TEST(ClientNetwork, TheFirstUntrustedHopFromTheRightIsTheClient) {
  Proxies const proxies{"10.0.0.0/8", "fd00::/8"};
  EXPECT_EQ(network("10.1.1.1", proxies, {{"x-forwarded-for", "203.0.113.9"}}), "203.0.113.0/24");
  EXPECT_EQ(network("10.1.1.1", proxies, {{"x-forwarded-for", "1.1.1.1, 203.0.113.9, 10.2.2.2"}}),
            "203.0.113.0/24")
      << "the left end is the client's own claim";
  EXPECT_EQ(
      network("10.1.1.1", proxies, {{"x-forwarded-for", "198.51.100.1"}, {"x-forwarded-for", "10.3.3.3"}}),
      "198.51.100.0/24")
      << "several fields are one list";
  EXPECT_EQ(network("fd00::1", proxies, {{"x-forwarded-for", "2001:db8::7"}}), "2001:db8::/48");
  EXPECT_EQ(network("10.1.1.1", proxies, {{"x-forwarded-for", "10.2.2.2"}}), "10.2.2.0/24")
      << "all are trusted";
}

TEST(ClientNetwork, WhatIsNoAddressEndsTheWalk) {
  Proxies const proxies{"10.0.0.0/8"};
  for (auto const* value : {"unknown", "", "203.0.113.9, nonsense", "203.0.113.9, 1.2.3.4.5"})
    EXPECT_EQ(network("10.1.1.1", proxies, {{"x-forwarded-for", value}}), "10.1.1.0/24") << value;
}

TEST(ClientNetwork, ForwardedIsReadAsRfc7239WritesIt) {
  Proxies const proxies{"10.0.0.0/8", "fd00::/8"};
  EXPECT_EQ(network("10.1.1.1", proxies, {{"forwarded", "for=203.0.113.9;proto=https;by=10.1.1.1"}}),
            "203.0.113.0/24");
  EXPECT_EQ(network("10.1.1.1", proxies, {{"forwarded", "For=\"203.0.113.9:4711\""}}), "203.0.113.0/24");
  EXPECT_EQ(network("10.1.1.1", proxies, {{"forwarded", "for=\"[2001:db8::7]:4711\""}}), "2001:db8::/48");
  EXPECT_EQ(network("10.1.1.1", proxies, {{"forwarded", "for=1.1.1.1, for=203.0.113.9, for=10.2.2.2"}}),
            "203.0.113.0/24");
  for (auto const* value :
       {"for=unknown", "for=_hidden", "for=\"_SEVKISEK\"", "proto=https", "for=\"[2001:db8::7\""})
    EXPECT_EQ(network("10.1.1.1", proxies, {{"forwarded", value}}), "10.1.1.0/24") << value;
}

// A proxy that writes one of the two passes the other on as the client sent it: whichever it is, the client
// must not choose who it is by sending the other.
TEST(ClientNetwork, WhereBothAreSentTheyMustAgree) {
  Proxies const proxies{"10.0.0.0/8"};
  auto const both = [&](char const* forwarded, char const* listed) {
    return network("10.1.1.1", proxies, {{"forwarded", forwarded}, {"x-forwarded-for", listed}});
  };
  EXPECT_EQ(both("for=203.0.113.9", "203.0.113.9"), "203.0.113.0/24");
  EXPECT_EQ(both("for=203.0.113.9, for=10.2.2.2", "1.1.1.1, 203.0.113.9"), "203.0.113.0/24")
      << "on the client, not on all hops";
  EXPECT_EQ(both("for=1.1.1.1", "203.0.113.9"), "10.1.1.0/24");
  EXPECT_EQ(both("for=203.0.113.9", "1.1.1.1"), "10.1.1.0/24");
  EXPECT_EQ(both("for=unknown", "1.1.1.1"), "10.1.1.0/24");
  EXPECT_EQ(both("proto=https", "1.1.1.1"), "10.1.1.0/24");
}

}  // namespace
}  // namespace tsg::pipeline::test
