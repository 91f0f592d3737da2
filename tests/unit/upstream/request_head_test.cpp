#include "upstream/request_head.hpp"

#include <gtest/gtest.h>

namespace tsg::upstream {
namespace {

TEST(RequestHead, IsExactlyThis) {
  http::Headers headers;
  headers.set("authorization", "Bearer k");
  auto const head = request_head(http::Method::post, "/v1/x", fixed_lines("api.test:8443"), headers, 12);
  ASSERT_TRUE(head);
  EXPECT_EQ(
      *head,
      "POST /v1/x HTTP/1.1\r\nhost: api.test:8443\r\nuser-agent: tsg\r\ncontent-type: application/json\r\n"
      "accept: application/json, text/event-stream\r\nauthorization: Bearer k\r\ncontent-length: 12\r\n\r\n");
}

TEST(RequestHead, AGetHasNoLength) {
  http::Headers headers;
  headers.set("authorization", "Bearer k");
  auto const head = request_head(http::Method::get, "/v1/models", fixed_lines("a"), headers, 0);
  ASSERT_TRUE(head);
  EXPECT_TRUE(head->starts_with("GET /v1/models HTTP/1.1\r\n"));
  EXPECT_TRUE(head->ends_with("authorization: Bearer k\r\n\r\n")) << *head;
  EXPECT_EQ(head->find("content-length"), std::string::npos);
}

TEST(RequestHead, AnAdaptersOwnAcceptIsTheOnlyOne) {
  http::Headers headers;
  headers.set("accept", "text/event-stream");
  auto const head = request_head(http::Method::post, "/v1/x", fixed_lines("a"), headers, 0);
  ASSERT_TRUE(head);
  EXPECT_EQ(head->find("accept"), head->rfind("accept"));
}

TEST(RequestHead, APathCannotOpenASecondRequest) {
  http::Headers const none;
  for (auto const* path : {"/v1/m\r\nx-evil: 1", "/v1/a b", "/v1/\xc3\xa9", "", "v1", "/v1/\x7f"})
    EXPECT_FALSE(request_head(http::Method::post, path, fixed_lines("a"), none, 0)) << path;
  EXPECT_FALSE(request_head(http::Method::post, std::string_view{"/v1/\0x", 6}, fixed_lines("a"), none, 0));
}

TEST(RequestHead, AHeaderValueCannotAddALine) {
  http::Headers headers;
  headers.set("x-id", "1\r\ntransfer-encoding: chunked");
  auto const head = request_head(http::Method::post, "/v1/x", fixed_lines("a"), headers, 0);
  ASSERT_TRUE(head);  // the header is dropped (HTTP-11), the request goes out
  EXPECT_EQ(head->find("transfer-encoding"), std::string::npos);
}

TEST(RequestHead, FramingBelongsToUs) {
  for (auto const* name : {"Host", "Content-Length", "Transfer-Encoding", "Connection", "Expect"}) {
    http::Headers headers;
    headers.set(name, "1");
    EXPECT_FALSE(request_head(http::Method::post, "/v1/x", fixed_lines("a"), headers, 0)) << name;
  }
}

}  // namespace
}  // namespace tsg::upstream
