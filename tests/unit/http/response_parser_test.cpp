#include <gtest/gtest.h>

#include "tsg/http/parser.hpp"

namespace tsg::http {
namespace {

using namespace std::string_literals;

struct Answer {
  bool ok = true, done = false, keep_alive = false;
  int status = 0;
  std::string body, type;
  std::size_t used = 0;
  friend bool operator==(Answer const&, Answer const&) = default;
};

// `pieces` in order; `eof`: the provider then closed.
Answer run_response(std::vector<std::string_view> const& pieces, bool eof = false) {
  ResponseParser parser{{}};
  Answer a;
  for (auto piece : pieces) {
    if (parser.done()) break;
    auto const used = parser.feed(piece, a.body);
    if (!used) {
      EXPECT_EQ(used.error().code(), Errc::provider_unavailable);
      EXPECT_EQ(used.error().peek()->status, 502);
      EXPECT_FALSE(used.error().peek()->log.empty());
      a.ok = false;
      return a;
    }
    a.used += *used;
  }
  if (eof) a.ok = parser.finish_eof().has_value();
  a.done = parser.done();
  a.keep_alive = parser.keep_alive();
  a.status = parser.status();
  a.type = parser.field("Content-Type").value_or("");
  return a;
}

TEST(ResponseParser, ReadsSizedAndChunkedBodiesInEverySplit) {
  for (auto const& bytes :
       {"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 11\r\n\r\nhello world"s,
        "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
        "6\r\nhello \r\n5;x=y\r\nworld\r\n0\r\nX-Trailer: 1\r\n\r\n"s,
        "HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 100 Continue\r\n\r\n"
        "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 11\r\n\r\nhello world"s}) {
    Answer expected{true, true, true, 200, "hello world", "application/json", bytes.size()};
    for (std::size_t i = 0; i <= bytes.size(); ++i) {
      std::string_view const view{bytes};
      ASSERT_EQ(run_response({view.substr(0, i), view.substr(i)}), expected)
          << "split at " << i << " of " << bytes;
    }
    std::vector<std::string_view> single;
    for (std::size_t i = 0; i < bytes.size(); ++i) single.push_back(std::string_view{bytes}.substr(i, 1));
    EXPECT_EQ(run_response(single), expected);
  }
}

TEST(ResponseParser, LeavesWhatFollowsTheResponse) {
  auto const a =
      run_response({"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhiHTTP/1.1 500 smuggled\r\n\r\n"});
  EXPECT_EQ(a.body, "hi");
  EXPECT_EQ(a.used, std::string_view{"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi"}.size());
  EXPECT_TRUE(a.done);
}

TEST(ResponseParser, BodilessStatusesHaveNoBody) {
  for (auto const* status : {"204 No Content", "304 Not Modified"}) {
    auto const a = run_response({"HTTP/1.1 "s + status + "\r\nContent-Length: 10\r\n\r\n"});
    EXPECT_TRUE(a.done);
    EXPECT_TRUE(a.keep_alive);
  }
}

TEST(ResponseParser, ABodyWithoutLengthEndsWithTheConnection) {
  auto const head = "HTTP/1.1 200 OK\r\n\r\n"s;
  auto const open = run_response({head, "hello"});
  EXPECT_FALSE(open.done);
  auto const closed = run_response({head, "hello"}, true);
  EXPECT_TRUE(closed.ok);
  EXPECT_TRUE(closed.done);
  EXPECT_FALSE(closed.keep_alive);
  EXPECT_EQ(closed.body, "hello");
}

TEST(ResponseParser, ABodyCutShortIsAnErrorNotAnAnswer) {
  for (auto const* bytes :
       {"", "HTTP/1.1 200 OK\r\nContent-Le", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhell",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n",
        "HTTP/1.1 100 Continue\r\n\r\n"})
    EXPECT_FALSE(run_response({bytes}, true).ok) << bytes;
}

TEST(ResponseParser, InterimResponsesAreSkippedEightTimes) {
  auto const interim = "HTTP/1.1 100 Continue\r\n\r\n"s;
  auto const final = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"s;
  std::string bytes;
  for (int i = 0; i < 8; ++i) bytes += interim;
  EXPECT_TRUE(run_response({bytes + final}).done);
  EXPECT_FALSE(run_response({bytes + interim + final}).ok);
  EXPECT_FALSE(run_response({"HTTP/1.1 101 Switching Protocols\r\n\r\n"}).ok);
}

TEST(ResponseParser, DoubtfulFramingIsRefused) {
  auto const ok = "HTTP/1.1 200 OK\r\n"s;
  for (auto const& bytes : {
           ok + "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n",
           ok + "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n",
           ok + "Content-Length: 5\r\nContent-Length: 6\r\n\r\n",
           ok + "Content-Length: 5\r\nContent-Length: 5\r\n\r\n",
           ok + "Transfer-Encoding: gzip\r\n\r\n",
           ok + "Transfer-Encoding: xchunked\r\n\r\n",
           ok + "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n",
           ok + "X-A: b\r\n c\r\n\r\n",
           ok + "X-A : b\r\n\r\n",
           ok + "X-A: b\n\r\n\r\n",
           "HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"s,
           "HTTP/2 200 OK\r\n\r\n"s,
           "HTTP/1.1 2x0 OK\r\n\r\n"s,
           "HTTP/1.1 099 Low\r\n\r\n"s,
           "SSH-2.0-OpenSSH_9.2\r\n\r\n"s,
           ok + "X: " + std::string(70'000, 'a') + "\r\n\r\n",
           ok + "Transfer-Encoding: chunked\r\n\r\nzz\r\n",
           ok + "Transfer-Encoding: chunked\r\n\r\n5\r\nhelloXX\r\n",
       })
    EXPECT_FALSE(run_response({bytes}).ok) << bytes.substr(0, 100);
}

TEST(ResponseParser, KeepAliveFollowsTheVersionAndTheConnectionField) {
  EXPECT_TRUE(run_response({"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"}).keep_alive);
  EXPECT_FALSE(
      run_response({"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"}).keep_alive);
  EXPECT_FALSE(run_response({"HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n"}).keep_alive);
  EXPECT_TRUE(
      run_response({"HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 0\r\n\r\n"}).keep_alive);
  EXPECT_FALSE(run_response({"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhel"}).keep_alive)
      << "not before it is done";
}

TEST(ResponseParser, OneParserServesManyResponses) {
  ResponseParser parser{{}};
  std::string body;
  for (int i = 0; i < 3; ++i) {
    auto const used =
        parser.feed("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok", body);
    ASSERT_TRUE(used);
    EXPECT_TRUE(parser.done());
    parser.reset();
    EXPECT_FALSE(parser.started());
    EXPECT_FALSE(parser.head_complete());
    EXPECT_FALSE(parser.field("Content-Length"));
  }
  EXPECT_EQ(body, "okokok");
}

}  // namespace
}  // namespace tsg::http
