#include "server/response_head.hpp"

#include <gtest/gtest.h>

namespace tsg::server {
namespace {

std::string render(ResponseHead head) {
  head.date = "Tue, 24 Nov 2026 09:15:53 GMT";
  http::Headers headers;
  headers.set("x-a", "b");
  std::string out;
  append_head(out, head, headers);
  return out;
}

TEST(ResponseHead, SaysHowTheBodyEnds) {
  ResponseHead head;
  head.length = 12;
  EXPECT_EQ(render(head),
            "HTTP/1.1 200 OK\r\ndate: Tue, 24 Nov 2026 09:15:53 GMT\r\ncontent-length: 12\r\nx-a: b\r\n\r\n");
  head.framing = Framing::chunked;
  EXPECT_NE(render(head).find("\r\ntransfer-encoding: chunked\r\n"), std::string::npos);
  for (auto const framing : {Framing::eof, Framing::none}) {
    head.framing = framing;
    EXPECT_EQ(render(head).find("content-length"), std::string::npos);
    EXPECT_EQ(render(head).find("transfer-encoding"), std::string::npos);
  }
}

TEST(ResponseHead, ConnectionIsNamedOnlyWhereItIsNotTheDefault) {
  ResponseHead head;
  EXPECT_EQ(render(head).find("connection"), std::string::npos);
  head.http10 = true;
  EXPECT_NE(render(head).find("\r\nconnection: keep-alive\r\n"), std::string::npos);
  head.keep_alive = false;
  EXPECT_NE(render(head).find("\r\nconnection: close\r\n"), std::string::npos);
}

TEST(ResponseHead, ChunksCarryTheirSizeInHex) {
  std::string out;
  append_chunk(out, std::string(31, 'x'));
  EXPECT_EQ(out, "1f\r\n" + std::string(31, 'x') + "\r\n");
}

TEST(VersionScan, SeesTheVersionInEverySplit) {
  struct Case {
    std::string_view head;
    bool http10;
  };
  for (auto const& [head, http10] :
       {Case{"GET / HTTP/1.0\r\nA: 1.1\r\n\r\n", true}, Case{"GET / HTTP/1.1\r\nA: 1.0\r\n\r\n", false},
        Case{"GET /1.0", false}}) {
    for (std::size_t a = 0; a <= head.size(); ++a)
      for (std::size_t b = a; b <= head.size(); ++b) {
        VersionScan scan;
        scan.feed(head.substr(0, a));
        scan.feed(head.substr(a, b - a));
        scan.feed(head.substr(b));
        EXPECT_EQ(scan.http10(), http10) << head << a << ' ' << b;
      }
  }
}

}  // namespace
}  // namespace tsg::server
