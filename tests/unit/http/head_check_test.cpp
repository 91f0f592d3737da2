// Standards 8.1 and 8.2: what a gateway must refuse, row by row.
#include <gtest/gtest.h>

#include "http/head_check.hpp"
#include "unit/http/feed.hpp"

namespace tsg::http {
namespace {

using test::run;
using namespace std::string_literals;

std::string const next = "GET /next HTTP/1.1\r\nHost: a\r\n\r\n";

std::string post(std::string const& fields, std::string const& body = "",
                 std::string const& version = "1.1") {
  return "POST /v1/chat/completions HTTP/" + version + "\r\nHost: gw\r\n" + fields + "\r\n" + body;
}

struct Row {
  char const* name;
  std::string bytes;
};
void PrintTo(Row const& row, std::ostream* out) {
  *out << row.name;
}

class Refused : public testing::TestWithParam<Row> {};

TEST_P(Refused, BeforeAnythingBehindItIsRead) {
  auto const out = run(GetParam().bytes + next);
  EXPECT_FALSE(out.ok);
  EXPECT_FALSE(out.waiting);
  EXPECT_EQ(out.code, Errc::bad_framing) << out.message;
  EXPECT_TRUE(out.requests.empty()) << "smuggled: " << out.requests.back();
}

INSTANTIATE_TEST_SUITE_P(
    Table82, Refused,
    testing::Values(
        Row{"TE gzip without CL", post("Transfer-Encoding: gzip\r\n", "x")},
        Row{"TE xchunked", post("Transfer-Encoding: xchunked\r\n", "5\r\nhello\r\n0\r\n\r\n")},
        Row{"TE chunked, identity", post("Transfer-Encoding: chunked, identity\r\n", "0\r\n\r\n")},
        Row{"TE gzip, chunked", post("Transfer-Encoding: gzip, chunked\r\n", "0\r\n\r\n")},
        Row{"TE gzip then CL", post("Transfer-Encoding: gzip\r\nContent-Length: 5\r\n", "hello")},
        Row{"CL then TE", post("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n")},
        Row{"TE then CL", post("Transfer-Encoding: chunked\r\nContent-Length: 5\r\n", "0\r\n\r\n")},
        Row{"TE in HTTP/1.0", post("Transfer-Encoding: chunked\r\n", "0\r\n\r\n", "1.0")},
        Row{"two TE lines",
            post("Transfer-Encoding: identity\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n")},
        Row{"chunked twice",
            post("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n")},
        Row{"chunked twice in one line", post("Transfer-Encoding: chunked, chunked\r\n", "0\r\n\r\n")},
        Row{"empty TE", post("Transfer-Encoding: \r\n")}, Row{"no Host", "GET / HTTP/1.1\r\n\r\n"},
        Row{"two Hosts", "GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n"},
        Row{"empty Host", "GET / HTTP/1.1\r\nHost:\r\n\r\n"},
        Row{"Host with userinfo", "GET / HTTP/1.1\r\nHost: u@a\r\n\r\n"},
        Row{"Host with path", "GET / HTTP/1.1\r\nHost: a/b\r\n\r\n"},
        Row{"Host list", "GET / HTTP/1.1\r\nHost: a b\r\n\r\n"},
        Row{"Host with bad port", "GET / HTTP/1.1\r\nHost: a:b\r\n\r\n"},
        Row{"Host with port 65536", "GET / HTTP/1.1\r\nHost: a:65536\r\n\r\n"},
        Row{"Host open bracket", "GET / HTTP/1.1\r\nHost: [::1\r\n\r\n"},
        Row{"two Content-Types", post("Content-Type: application/json\r\nContent-Type: text/plain\r\n")},
        Row{"CL twice, equal", post("Content-Length: 5\r\nContent-Length: 5\r\n", "hello")},
        Row{"CL twice, different", post("Content-Length: 5\r\nContent-Length: 6\r\n", "hello")},
        Row{"CL list", post("Content-Length: 5, 5\r\n", "hello")},
        Row{"CL +5", post("Content-Length: +5\r\n", "hello")},
        Row{"CL -5", post("Content-Length: -5\r\n", "hello")},
        Row{"CL 0x5", post("Content-Length: 0x5\r\n", "hello")},
        Row{"CL empty", post("Content-Length:\r\n", "hello")},
        Row{"CL 5 6", post("Content-Length: 5 6\r\n", "hello")},
        Row{"CL above int64", post("Content-Length: 9223372036854775808\r\n", "hello")},
        Row{"CL above uint64", post("Content-Length: 18446744073709551621\r\n", "hello")},
        Row{"obs-fold", post("X-A: b\r\n c\r\n")}, Row{"obs-fold with tab", post("X-A: b\r\n\tc\r\n")},
        Row{"folded TE", post("Transfer-Encoding:\r\n chunked\r\n", "0\r\n\r\n")},
        Row{"space before colon", post("X-A : b\r\n")}, Row{"space in name", post("X A: b\r\n")},
        Row{"empty name", post(": b\r\n")}, Row{"no colon", post("nonsense\r\n")},
        Row{"bare CR in value", post("X-A: b\rc\r\n")}, Row{"NUL in value", post("X-A: b"s + '\0' + "c\r\n")},
        Row{"DEL in value", post("X-A: b\x7f\r\n")},
        Row{"vertical tab around chunked", post("Transfer-Encoding: \x0b"
                                                "chunked\r\n",
                                                "0\r\n\r\n")},
        Row{"byte >= 0x80 in value", post("X-A: caf\xe9\r\n")},
        Row{"byte >= 0x80 in name", post("X-\xc3\xa9: a\r\n")},
        Row{"byte >= 0x80 in target", "GET /caf\xc3\xa9 HTTP/1.1\r\nHost: a\r\n\r\n"},
        Row{"absolute form", "GET http://a/v1/models HTTP/1.1\r\nHost: a\r\n\r\n"},
        Row{"authority form", "CONNECT a:443 HTTP/1.1\r\nHost: a:443\r\n\r\n"},
        Row{"asterisk form", "OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n"},
        Row{"fragment in target", "GET /a#b HTTP/1.1\r\nHost: a\r\n\r\n"},
        Row{"two spaces in the request line", "GET  / HTTP/1.1\r\nHost: a\r\n\r\n"},
        Row{"no version", "GET /\r\nHost: a\r\n\r\n"}, Row{"HTTP/1.2", "GET / HTTP/1.2\r\nHost: a\r\n\r\n"},
        Row{"HTTP/2.0", "GET / HTTP/2.0\r\nHost: a\r\n\r\n"},
        Row{"lower case http", "GET / http/1.1\r\nHost: a\r\n\r\n"},
        Row{"space after version", "GET / HTTP/1.1 \r\nHost: a\r\n\r\n"},
        Row{"control in method", "GE\x01T / HTTP/1.1\r\nHost: a\r\n\r\n"},
        Row{"leading empty line", "\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n"},
        Row{"TE with an underscore", post("Transfer_Encoding: chunked\r\n", "0\r\n\r\n")},
        Row{"CL without its hyphen", post("ContentLength: 5\r\n", "hello")},
        Row{"GET with a body", "GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello"}),
    [](auto const& row) { return "Row" + std::to_string(row.index); });

TEST(HeadCheck, WhatLooksHostileButIsNot) {
  for (auto const& bytes : {
           post("content-length:5\r\n", "hello"), post("TRANSFER-ENCODING: Chunked\r\n", "0\r\n\r\n"),
           post("X_Custom_Header: 1\r\nX-Empty:\r\n"), post("Content-Length: 0\r\n"),
           post("Expect: 100-Continue\r\nContent-Length: 1\r\n", "x"),
           "GET / HTTP/1.1\r\nHost: [::1]:8080\r\n\r\n"s, "GET / HTTP/1.1\r\nHost: localhost:\r\n\r\n"s,
           "GET /?q=http://x/../y HTTP/1.1\r\nHost: 127.0.0.1:65535\r\n\r\n"s,
           "BREW /pot HTTP/1.1\r\nHost: a\r\n\r\n"s,  // the route decides: 405
       }) {
    auto const out = run(bytes + next);
    EXPECT_TRUE(out.ok) << out.message << "\n" << bytes;
    EXPECT_EQ(out.requests.size(), 2u) << bytes;
  }
}

TEST(HeadCheck, UnknownExpectationIs417AndFramingGoesFirst) {
  EXPECT_EQ(run(post("Expect: 200-maybe\r\n")).code, Errc::expectation_failed);
  EXPECT_EQ(run(post("Expect: 100-continue\r\nExpect: x\r\n")).code, Errc::expectation_failed);
  EXPECT_EQ(run(post("Expect: 200-maybe\r\nContent-Length: +1\r\n")).code, Errc::bad_framing);
}

TEST(HeadCheck, PathsAreDecodedOnceAndHaveOneReading) {
  std::string storage;
  std::string_view path;
  auto const decoded = [&](std::string_view encoded) -> std::string {
    return decode_path(encoded, storage, path).empty() ? std::string{path} : "refused";
  };
  EXPECT_EQ(decoded("/v1/models/gpt-4o"), "/v1/models/gpt-4o");
  EXPECT_EQ(decoded("/v1/%6dodels"), "/v1/models");
  EXPECT_EQ(decoded("/a%20b"), "/a b");
  EXPECT_EQ(decoded("/%2541"), "/%41") << "once, not twice";
  EXPECT_EQ(decoded("/a/"), "/a/");
  EXPECT_EQ(decoded("/v1/models/openai%2fgpt-4o"), "/v1/models/openai/gpt-4o") << "as the SDKs send ids";
  EXPECT_EQ(decoded("/v1/models/%2e%2e%2fusage"), "refused");
  EXPECT_EQ(decoded("/v1/models/a%2F%2Fb"), "refused");
  EXPECT_EQ(decoded("/v1%2fmodels/a"), "refused");
  EXPECT_EQ(decoded("/..."), "/...");
  for (auto const* bad :
       {"/%00", "/a%2fb",    "/a%2Fb", "/a%5cb", "/a\\b", "//",   "/a//b", "/../etc", "/a/..",   "/a/.",
        "/./a", "/%2e%2e/a", "/%2E",   "/%",     "/%4",   "/%zz", "/%80",  "/%c3%a9", "/%0d%0a", "/%7f"})
    EXPECT_EQ(decoded(bad), "refused") << bad;
}

// A base URL with a slash at its end is the usual reason, and nobody sees it in the word "invalid".
TEST(HeadCheck, ADoubleSlashIsNamed) {
  for (auto const* path : {"//v1/chat/completions", "/v1//chat/completions", "/v1/models//"}) {
    auto const out = run("POST "s + path + " HTTP/1.1\r\nHost: a\r\n\r\n");
    EXPECT_EQ(out.code, Errc::bad_framing) << path;
    EXPECT_NE(out.message.find("double slash"), std::string::npos) << out.message;
  }
}

}  // namespace
}  // namespace tsg::http
