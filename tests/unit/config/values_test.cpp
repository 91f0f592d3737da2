#include <gtest/gtest.h>

#include "config/values.hpp"
#include "tsg/core/nearest.hpp"

namespace tsg::config {
namespace {

TEST(Endpoint, addresses_only) {
  EXPECT_EQ(parse_endpoint("127.0.0.1:8080"), (Endpoint{"127.0.0.1", 8080}));
  EXPECT_EQ(parse_endpoint("[::1]:0"), (Endpoint{"::1", 0}));
  EXPECT_EQ(parse_endpoint("localhost:1"), (Endpoint{"127.0.0.1", 1}));
  for (auto const* bad : {"", ":80", "127.0.0.1", "127.0.0.1:", "127.0.0.1:65536", "127.0.0.1:-1", "::1:80",
                          "[::1]", "[127.0.0.1]:80", "example.com:80", "127.0.0.1:80 ", "127.0.0.1:+1"})
    EXPECT_FALSE(parse_endpoint(bad)) << bad;
}

TEST(Endpoint, loopback_is_all_of_127_and_one_of_six) {
  for (auto const* host : {"127.0.0.1", "127.9.9.9", "::1", "0:0:0:0:0:0:0:1", "localhost", "LocalHost"})
    EXPECT_TRUE(loopback_host(host)) << host;
  for (auto const* host : {"0.0.0.0", "::", "128.0.0.1", "127.0.0.1.example.com", "", "::ffff:127.0.0.1"})
    EXPECT_FALSE(loopback_host(host)) << host;
  EXPECT_EQ((Endpoint{"::1", 80}).text(), "[::1]:80");
}

TEST(Url, is_taken_apart_for_the_host_header) {
  auto const url = parse_url("https://api.openai.com/v1/");
  ASSERT_TRUE(url);
  EXPECT_TRUE(url->tls);
  EXPECT_EQ(url->path, "/v1");
  EXPECT_EQ(url->authority(), "api.openai.com");
  EXPECT_EQ(parse_url("http://[::1]:9000")->authority(), "[::1]:9000");
  EXPECT_EQ(parse_url("http://h:443")->authority(), "h:443");
  EXPECT_EQ(parse_url("http://h:80")->authority(), "h");
  for (auto const* bad :
       {"", "ftp://h", "api.openai.com", "https://", "https:///v1", "https://u:p@h/", "https://h/?q",
        "https://h/#f", "https://h:0/", "https://h:x/", "https://h /", "https://h/a b", "https://-h/"})
    EXPECT_FALSE(parse_url(bad)) << bad;
}

TEST(Cidr, one_address_gets_the_full_prefix) {
  EXPECT_EQ(parse_cidr("10.0.0.1"), "10.0.0.1/32");
  EXPECT_EQ(parse_cidr("fd00::/8"), "fd00::/8");
  for (auto const* bad : {"10.0.0.0/33", "fd00::/129", "10.0.0/8", "10.0.0.0/", "10.0.0.0/-1", "host/8"})
    EXPECT_FALSE(parse_cidr(bad)) << bad;
}

TEST(Nearest, counts_a_swap_as_one_edit) {
  EXPECT_EQ(edit_distance("listen", "listne"), 1u);
  EXPECT_EQ(edit_distance("", "abc"), 3u);
  EXPECT_EQ(edit_distance("kitten", "sitting"), 3u);
}

TEST(Nearest, gives_close_names_only_and_stays_bounded) {
  std::vector<std::string_view> const known{"gpt-4o", "gpt-4.1", "claude-opus-5"};
  EXPECT_EQ(nearest("gpt-4p", known, 3), (std::vector<std::string_view>{"gpt-4o", "gpt-4.1"}));
  EXPECT_TRUE(nearest("zzz", known, 3).empty());
  EXPECT_TRUE(nearest(std::string(1'000'000, 'g'), known, 3).empty());
}

}  // namespace
}  // namespace tsg::config
