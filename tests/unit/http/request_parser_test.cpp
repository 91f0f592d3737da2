#include <gtest/gtest.h>

#include "unit/http/feed.hpp"

namespace tsg::http {
namespace {

using test::bytewise;
using test::run;
using namespace std::string_literals;
using namespace std::string_view_literals;

std::string const plain_get =
    "GET /v1/models?limit=5 HTTP/1.1\r\nHost: gw.example:8080\r\nAccept: */*\r\n\r\n";
std::string const sized_post =
    "POST /v1/chat/completions HTTP/1.1\r\nHost: gw\r\nContent-Length: 11\r\n\r\nhello world";
std::string const chunked_post =
    "POST /v1/embeddings HTTP/1.1\r\nHost: gw\r\nTransfer-Encoding: chunked\r\nX-A:  b \t\r\n\r\n"
    "5\r\nhello\r\n1;name=value;q=\"x y\"\r\n \r\n05\r\nworld\r\n0\r\nX-User: root\r\nX-B: c\r\n\r\n";

TEST(RequestParser, ReadsAGetWithItsPathQueryAndFields) {
  RequestParser parser{{}};
  EXPECT_FALSE(parser.started());
  ASSERT_EQ(parser.feed(plain_get).value(), plain_get.size());
  ASSERT_TRUE(parser.done());
  auto const& head = parser.head();
  EXPECT_EQ(head.method, Method::get);
  EXPECT_EQ(head.path, "/v1/models");
  EXPECT_EQ(head.query, "limit=5");
  EXPECT_EQ(head.field("HOST"), "gw.example:8080");
  EXPECT_EQ(head.count("accept"), 1u);
  EXPECT_TRUE(head.keep_alive);
  EXPECT_FALSE(head.has_body());
}

TEST(RequestParser, StopsAfterTheHeadSoThatTheCallerCanCheckIt) {
  RequestParser parser{{}};
  auto const used = parser.feed(sized_post).value();
  EXPECT_EQ(used, sized_post.size() - 11);
  EXPECT_TRUE(parser.head_complete());
  EXPECT_FALSE(parser.done());
  EXPECT_EQ(parser.feed(std::string_view{sized_post}.substr(used)).value(), 11u);
  EXPECT_TRUE(parser.done());
  EXPECT_EQ(parser.take_body(), "hello world");
}

TEST(RequestParser, DecodesChunksAndDropsTrailers) {
  auto const out = run(chunked_post);
  ASSERT_TRUE(out.ok) << out.message;
  EXPECT_NE(out.requests[0].find("body=hello world"), std::string::npos);
  EXPECT_EQ(out.requests[0].find("X-User"), std::string::npos)
      << "a trailer must never join the head (HTTP-7)";
  EXPECT_NE(out.requests[0].find("[X-A=b]"), std::string::npos);
}

TEST(RequestParser, PipelinedRequestsComeOutOneByOneInEverySplit) {
  auto const bytes = plain_get + chunked_post + sized_post + plain_get;
  auto const whole = run(bytes);
  ASSERT_TRUE(whole.ok) << whole.message;
  ASSERT_EQ(whole.requests.size(), 4u);
  EXPECT_EQ(run(bytewise(bytes)), whole);
  for (std::size_t i = 1; i < bytes.size(); ++i) {
    std::string_view const view{bytes};
    ASSERT_EQ(run({view.substr(0, i), view.substr(i)}), whole) << "split at " << i;
  }
}

TEST(RequestParser, EveryPairOfSplitsOfAChunkedRequestGivesTheSame) {
  std::string_view const view{chunked_post};
  auto const whole = run(view);
  for (std::size_t i = 80; i < view.size(); ++i)
    for (std::size_t j = i + 1; j < view.size(); ++j)
      ASSERT_EQ(run({view.substr(0, i), view.substr(i, j - i), view.substr(j)}), whole) << i << ", " << j;
}

// The verdict on hostile bytes may not depend on how they arrive, or a proxy in front of us could be fooled.
TEST(RequestParser, RefusalsDoNotDependOnTheSplit) {
  auto const chunked = "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"s;
  for (auto const& bytes : {
           chunked + "5\r\nhelloX\r\n0\r\n\r\n",
           chunked + "5\nhello\r\n0\r\n\r\n",
           chunked + "0x5\r\nhello\r\n0\r\n\r\n",
           chunked + "5;a=\"b\nc\"\r\nhello\r\n0\r\n\r\n",
           chunked + "0\r\n\n",
           chunked + "0\r\nA: b\n\r\n\r\n",
           chunked + "0\r\nContent-Length: 3\r\n\r\n",
           chunked + "00000000000000005\r\nhello\r\n0\r\n\r\n",
           chunked + "\r\n5\r\nhello\r\n0\r\n\r\n",
           chunked + "-1\r\nx",
           chunked + "ffffffffffffffff1\r\nx",
           chunked + "5 \r\nhello\r\n0\r\n\r\n",
           chunked + "5\t;a=b\r\nhello\r\n0\r\n\r\n",
           chunked + "0 ;a=b\r\n\r\n",
           chunked + "5;a=b\rhello",
           chunked + "5;a=\"b\r\nhello\r\n",
           chunked + "0;a=\"b\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n",
           chunked + "5\r\nhelloXYZ",
           chunked + "0\r\nA: b\rc",
           "GET / HTTP/1.1\r\nHost: a\n\r\n"s,
           "GET / HTTP/1.1\r\nHost: a\r\n folded\r\n\r\n"s,
           "GET / HTTP/1.1\rHost: a\r\n\r\n"s,
           "\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n"s,
       }) {
    auto const whole = run(bytes);
    EXPECT_FALSE(whole.ok) << bytes;
    EXPECT_FALSE(whole.waiting) << bytes;
    EXPECT_EQ(run(bytewise(bytes)).code, whole.code) << bytes;
    for (std::size_t i = 1; i < bytes.size(); ++i) {
      auto const split = run({std::string_view{bytes}.substr(0, i), std::string_view{bytes}.substr(i)});
      ASSERT_FALSE(split.ok) << "split at " << i << " of " << bytes;
      ASSERT_EQ(split.code, whole.code) << "split at " << i << " of " << bytes;
    }
  }
}

TEST(RequestParser, Http10ClosesUnlessAsked) {
  EXPECT_NE(run("GET / HTTP/1.0\r\n\r\n").requests.at(0).find(" close"), std::string::npos);
  EXPECT_NE(run("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n").requests.at(0).find(" keep-alive"),
            std::string::npos);
  EXPECT_NE(run("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n").requests.at(0).find(" close"),
            std::string::npos);
}

TEST(RequestParser, AnUnfinishedRequestIsNotAnError) {
  auto const out = run("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhel");
  EXPECT_TRUE(out.waiting);
  EXPECT_TRUE(out.requests.empty());
}

TEST(RequestParser, ContentLengthAboveTheLimitIsRefusedBeforeAnyBodyByte) {
  RequestParser parser{{}};
  auto const head = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1001\r\nExpect: 100-continue\r\n\r\n"s;
  ASSERT_EQ(parser.feed(head).value(), head.size());
  EXPECT_TRUE(parser.head().expect_continue);
  parser.set_body_limit(1000);
  EXPECT_EQ(parser.feed("").error().code(), Errc::body_too_large);
}

TEST(RequestParser, AChunkAboveTheLimitIsRefusedByItsHeader) {
  RequestLimits limits;
  limits.body_bytes_max = 10;
  auto const head = "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"s;
  EXPECT_EQ(run(head + "b\r\n", limits).code, Errc::body_too_large);
  EXPECT_EQ(run(head + "6\r\nabcdef\r\n5\r\n", limits).code, Errc::body_too_large);
  EXPECT_TRUE(run(head + "6\r\nabcdef\r\n4\r\nghij\r\n0\r\n\r\n", limits).ok);
  EXPECT_EQ(run(head + "ffffffffffffffff\r\n", limits).code, Errc::body_too_large);
}

TEST(RequestParser, TheBodyLimitOfOneRequestIsNotTheNextOnes) {
  RequestParser parser{{}};
  auto const used = parser.feed(sized_post).value();
  parser.set_body_limit(1);
  EXPECT_FALSE(parser.feed(std::string_view{sized_post}.substr(used)));
  parser.reset();
  ASSERT_EQ(parser.feed(sized_post).value(), used);
  EXPECT_TRUE(parser.feed(std::string_view{sized_post}.substr(used)));
}

TEST(RequestParser, ChunkExtensionsAndTrailersAreBounded) {
  RequestLimits limits;
  limits.header_bytes_max = 1000;
  auto const head = "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"s;
  EXPECT_TRUE(run(head + "1;" + std::string(255, 'a') + "\r\nx\r\n0\r\n\r\n", limits).ok);
  EXPECT_EQ(run(head + "1;" + std::string(256, 'a') + "\r\nx\r\n0\r\n\r\n", limits).code, Errc::bad_framing);
  EXPECT_EQ(run(bytewise(head + "1;" + std::string(5000, 'a')), limits).code, Errc::bad_framing);
  auto const endless = head + "0\r\nT: " + std::string(5000, 'a');
  EXPECT_EQ(run(bytewise(endless), limits).code, Errc::bad_framing);
  EXPECT_EQ(run(endless + "\r\n\r\n", limits).code, Errc::bad_framing);
}

TEST(RequestParser, HeadLimitsHaveTheirOwnErrors) {
  RequestLimits limits;
  limits.header_bytes_max = 2000;
  limits.uri_bytes_max = 1000;
  limits.fields_max = 3;
  auto const host = " HTTP/1.1\r\nHost: a\r\n"s;
  EXPECT_EQ(run("GET /" + std::string(999, 'a') + host + "\r\n", limits).code, Errc{});
  EXPECT_EQ(run("GET /" + std::string(1000, 'a') + host + "\r\n", limits).code, Errc::uri_too_long);
  EXPECT_EQ(run("GET /" + std::string(9000, 'a') + host + "\r\n", limits).code, Errc::uri_too_long);
  EXPECT_EQ(run("GET /" + host + "A: " + std::string(3000, 'a') + "\r\n\r\n", limits).code,
            Errc::head_too_large);
  EXPECT_EQ(run(bytewise("GET /" + host + "A: " + std::string(3000, 'a')), limits).code,
            Errc::head_too_large);
  EXPECT_TRUE(run("GET /" + host + "A: 1\r\nB: 2\r\n\r\n", limits).ok);
  EXPECT_EQ(run("GET /" + host + "A: 1\r\nB: 2\r\nC: 3\r\n\r\n", limits).code, Errc::head_too_large);
}

TEST(RequestParser, AHeadOfExactlyTheLimitIsTakenInAnySplit) {
  RequestLimits limits;
  limits.header_bytes_max = plain_get.size();
  EXPECT_TRUE(run(plain_get + plain_get, limits).ok);
  EXPECT_TRUE(run(bytewise(plain_get), limits).ok);
  limits.header_bytes_max = plain_get.size() - 1;
  EXPECT_EQ(run(plain_get, limits).code, Errc::head_too_large);
  EXPECT_EQ(run(bytewise(plain_get), limits).code, Errc::head_too_large);
}

TEST(RequestParser, OtherProtocolsAreToldAtTheirFirstByte) {
  EXPECT_EQ(run("\x16\x03\x01\x02"sv).code, Errc::bad_framing) << "a TLS hello on a plain port";
  EXPECT_EQ(run("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n").code, Errc::bad_framing);
}

TEST(RequestParser, ErrorsNeverEchoTheRequest) {
  auto const out = run("GET /secret-token HTTP/1.1\r\nHost: bad host secret-token\r\n\r\n");
  ASSERT_FALSE(out.ok);
  EXPECT_FALSE(out.message.empty());
  EXPECT_EQ(out.message.find("secret-token"), std::string::npos);
}

}  // namespace
}  // namespace tsg::http
