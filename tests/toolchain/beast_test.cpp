// Beast 1.81 as it is (style pitfalls 3, 4, 5, 8, 17): each is a reason for code of ours in src/http. A test
// that fails after an upgrade says which of it may go.
#include <gtest/gtest.h>

#include <boost/asio/local/connect_pair.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/buffers_to_string.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>
#include <string>

namespace tsg {
namespace {

namespace asio = boost::asio;
namespace http = boost::beast::http;
using error_code = boost::system::error_code;
using Socket = asio::local::stream_protocol::socket;

struct Pair {
  asio::io_context io{1};
  Socket ours{io}, theirs{io};
  Pair() { asio::local::connect_pair(ours, theirs); }
  void say(std::string const& text) { asio::write(theirs, asio::buffer(text)); }
};

// Why streamed bodies never go through Beast's serializer, and why write("") is a no-op (pitfall 3,
// beast#3032).
TEST(Beast, AnEmptyWriteEndsAChunkedBody) {
  http::response<http::buffer_body> response{http::status::ok, 11};
  response.chunked(true);
  char nothing = 0;
  response.body().data = &nothing;
  response.body().size = 0;
  response.body().more = true;
  http::response_serializer<http::buffer_body> serializer{response};
  std::string wire;
  error_code ec;
  for (int i = 0; i < 4 && !serializer.is_done() && !ec; ++i)
    serializer.next(ec, [&](error_code&, auto const& buffers) {
      wire += boost::beast::buffers_to_string(buffers);
      serializer.consume(boost::beast::buffer_bytes(buffers));
    });
  EXPECT_TRUE(wire.ends_with("0\r\n\r\n")) << "fixed: " << wire;
}

// Why bodies are fed to a parser by hand (pitfall 4): async_read waits for a full buffer, events would sit in
// it.
TEST(Beast, AsyncReadHoldsAnEventBack) {
  Pair pair;
  http::response_parser<http::buffer_body> parser;
  char room[1024];
  parser.get().body().data = room;
  parser.get().body().size = sizeof room;
  boost::beast::flat_buffer buffer;
  pair.say("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n6\r\nevent1\r\n");
  http::read_header(pair.ours, buffer, parser);
  bool completed = false;
  http::async_read(pair.ours, buffer, parser, [&](error_code, std::size_t) { completed = true; });
  pair.io.poll();
  pair.io.restart();
  pair.io.poll();
  EXPECT_FALSE(completed) << "async_read gives events on as they come: pitfall 4 is fixed";
  pair.ours.cancel();
  pair.io.restart();
  pair.io.run();
}

// Pitfall 5: the limit that is set is not the one that counts.
TEST(Beast, ReadingIntoTheMessageBypassesTheParsersBodyLimit) {
  std::string const request =
      "POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 100\r\n\r\n" + std::string(100, 'a');
  for (bool const bypass : {true, false}) {
    Pair pair;
    http::request_parser<http::string_body> parser;
    parser.body_limit(10);
    boost::beast::flat_buffer buffer;
    pair.say(request);
    error_code ec;
    if (bypass)
      http::read(pair.ours, buffer, parser.get(), ec);
    else
      http::read(pair.ours, buffer, parser, ec);
    if (bypass)
      EXPECT_FALSE(ec) << ec.message();
    else
      EXPECT_EQ(ec, http::error::body_limit);
  }
}

bool accepted(std::string const& text) {
  http::request_parser<http::string_body> parser;
  parser.eager(true);
  error_code ec;
  std::size_t at = 0;
  while (at < text.size() && !ec && !parser.is_done()) {
    auto const used = parser.put(asio::buffer(text.data() + at, text.size() - at), ec);
    if (used == 0) break;
    at += used;
  }
  return !ec && parser.is_header_done();
}

// Pitfall 8: src/http/head_check.cpp is there because Beast lets these through.
TEST(Beast, LetsThroughWhatAGatewayMustRefuse) {
  std::string const get = "GET / HTTP/1.1\r\nhost: x\r\n", post = "POST / HTTP/1.1\r\nhost: x\r\n";
  struct Row {
    char const* what;
    std::string text;
  };
  for (auto const& [what, text] : {
           Row{"an unknown coding", post + "transfer-encoding: xchunked\r\n\r\n"},
           Row{"chunked twice", post + "transfer-encoding: chunked, chunked\r\n\r\n0\r\n\r\n"},
           Row{"chunked in HTTP/1.0", "POST / HTTP/1.0\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n"},
           Row{"two hosts", get + "host: y\r\n\r\n"},
           Row{"no host", "GET / HTTP/1.1\r\n\r\n"},
           Row{"equal lengths twice", post + "content-length: 1\r\ncontent-length: 1\r\n\r\na"},
           Row{"folded lines", get + "a: b\r\n c\r\n\r\n"},
           Row{"bytes beyond ASCII", get + "a: \xe9\r\n\r\n"},
           Row{"absolute form", "GET http://other/ HTTP/1.1\r\nhost: x\r\n\r\n"},
           Row{"an underscore for a hyphen", post + "transfer_encoding: chunked\r\n\r\n"},
       })
    EXPECT_TRUE(accepted(text)) << "Beast now refuses " << what;
}

TEST(Beast, RefusesWhatWeLeaveToIt) {
  std::string const post = "POST / HTTP/1.1\r\nhost: x\r\n";
  struct Row {
    char const* what;
    std::string text;
  };
  for (auto const& [what, text] : {
           Row{"a hexadecimal prefix", post + "transfer-encoding: chunked\r\n\r\n0x1\r\na\r\n0\r\n\r\n"},
           Row{"no size", post + "transfer-encoding: chunked\r\n\r\n\r\n"},
       }) {
    http::request_parser<http::string_body> parser;
    parser.eager(true);
    error_code ec;
    for (std::size_t at = 0; at < text.size() && !ec;)
      at += parser.put(asio::buffer(text.data() + at, text.size() - at), ec);
    EXPECT_TRUE(ec && ec != http::error::need_more) << what;
  }
}

// A trailer may add what the head did not have: heads are copied before the body is read.
TEST(Beast, MergesTrailersIntoTheHead) {
  std::string const text =
      "POST / HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n1\r\na\r\n0\r\nauthorization: "
      "evil\r\n\r\n";
  http::request_parser<http::string_body> parser;
  parser.eager(true);
  error_code ec;
  for (std::size_t at = 0; at < text.size() && !ec;)
    at += parser.put(asio::buffer(text.data() + at, text.size() - at), ec);
  ASSERT_FALSE(ec) << ec.message();
  EXPECT_EQ(parser.get()[http::field::authorization], "evil");
}

// Pitfall 17: an interim response is one for the parser, and the real one is left unread.
TEST(Beast, TakesAnInterimResponseForTheAnswer) {
  std::string const text = "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n";
  http::response_parser<http::string_body> parser;
  parser.eager(true);
  error_code ec;
  auto const used = parser.put(asio::buffer(text), ec);
  EXPECT_TRUE(parser.is_done());
  EXPECT_EQ(parser.get().result_int(), 100u);
  EXPECT_EQ(used, 25u);
}

}  // namespace
}  // namespace tsg
