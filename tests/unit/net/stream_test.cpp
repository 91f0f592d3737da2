#include "tsg/net/stream.hpp"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>
#include <thread>

namespace tsg::net {
namespace {

using namespace std::chrono_literals;
using boost::asio::ip::tcp;

// A connected pair on loopback: our side a Stream, the peer's a blocking socket.
class StreamTest : public ::testing::Test {
 protected:
  StreamTest() {
    boost::asio::basic_socket_acceptor<tcp, Executor> acceptor{io.get_executor(),
                                                               {boost::asio::ip::address_v4::loopback(), 0}};
    peer.connect(acceptor.local_endpoint());
    Socket socket{io.get_executor()};
    acceptor.accept(socket);
    stream.emplace(std::move(socket));
  }
  void run() {
    io.restart();
    io.run_for(10s);
    ASSERT_TRUE(io.stopped()) << "the loop hangs";
  }
  template <class F>
  void run(F coroutine) {
    boost::asio::co_spawn(io, std::move(coroutine), [](std::exception_ptr e) { EXPECT_FALSE(e); });
    run();
  }
  bool eventually(std::function<bool()> condition) {
    for (int i = 0; i < 500 && !condition(); ++i) std::this_thread::sleep_for(2ms);
    return condition();
  }

  boost::asio::io_context io{1};
  tcp::socket peer{io};
  std::optional<Stream> stream;
};

TEST_F(StreamTest, HeadAndBodyArriveInOrder) {
  run([this]() -> Awaitable<> {
    error_code ec;
    co_await stream->write("head ", "body", ec);
    EXPECT_FALSE(ec);
    co_await stream->write("", "!", ec);
    co_await stream->write("", "", ec);
    EXPECT_FALSE(ec);
  });
  std::string got(10, '\0');
  boost::asio::read(peer, boost::asio::buffer(got));
  EXPECT_EQ(got, "head body!");
}

TEST_F(StreamTest, AWriteWaitsForASlowPeerAndLosesNothing) {
  std::string const head(3'000'000, 'h'), body(5'000'000, 'b');
  std::string got(head.size() + body.size(), '\0');
  std::thread reader{[&] {
    std::this_thread::sleep_for(20ms);
    boost::asio::read(peer, boost::asio::buffer(got));
  }};
  run([&]() -> Awaitable<> {
    error_code ec;
    co_await stream->write(head, body, ec);
    EXPECT_FALSE(ec);
  });
  reader.join();
  EXPECT_TRUE(got == head + body);
}

TEST_F(StreamTest, CloseEndsAPendingWrite) {
  std::string const much(64'000'000, 'x');
  boost::asio::post(io, [this] { boost::asio::post(io, [this] { stream->close(); }); });
  run([&]() -> Awaitable<> {
    error_code ec;
    co_await stream->write(much, ec);
    EXPECT_EQ(ec, boost::asio::error::operation_aborted);
  });
  EXPECT_FALSE(stream->open());
}

TEST_F(StreamTest, WriteToAResetPeerIsAnErrorAndNoSignal) {
  peer.set_option(tcp::socket::linger{true, 0});
  peer.close();
  ASSERT_TRUE(eventually([this] { return stream->peer_closed(); }));
  error_code ec;
  (void)stream->write_now("a", "b", ec);
  EXPECT_TRUE(ec);
}

TEST_F(StreamTest, PeerClosedSeesAFinBehindUnreadBytes) {
  EXPECT_FALSE(stream->peer_closed());
  boost::asio::write(peer, boost::asio::buffer("unread", 6));
  ASSERT_TRUE(eventually([this] { return !stream->quiet(); }));
  EXPECT_FALSE(stream->peer_closed());
  peer.shutdown(tcp::socket::shutdown_send);
  EXPECT_TRUE(eventually([this] { return stream->peer_closed(); }));
}

TEST_F(StreamTest, QuietMeansThereAndSilent) {
  EXPECT_TRUE(stream->quiet());
  peer.close();
  EXPECT_TRUE(eventually([this] { return !stream->quiet(); }));
  stream->close();
  EXPECT_FALSE(stream->quiet());
  EXPECT_TRUE(stream->peer_closed());
}

TEST_F(StreamTest, ResetIsSeenAsReset) {
  stream->reset();
  char byte = 0;
  error_code ec;
  peer.read_some(boost::asio::buffer(&byte, 1), ec);
  EXPECT_EQ(ec, boost::asio::error::connection_reset);
}

TEST_F(StreamTest, ReadsWhatIsThereAndThenEof) {
  boost::asio::write(peer, boost::asio::buffer("abc", 3));
  peer.shutdown(tcp::socket::shutdown_send);
  run([this]() -> Awaitable<> {
    std::array<char, 16> bytes{};
    error_code ec;
    auto const n = co_await stream->read_some(bytes, ec);
    EXPECT_EQ((std::string_view{bytes.data(), n}), "abc");
    (void)co_await stream->read_some(bytes, ec);
    EXPECT_EQ(ec, boost::asio::error::eof);
  });
}

}  // namespace
}  // namespace tsg::net
