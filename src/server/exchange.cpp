#include "server/exchange.hpp"

namespace tsg::server {
namespace {

constexpr std::size_t kScratchMax = 65'536;  // a larger one is not kept
constexpr std::size_t kJoinMax = 16'384;     // larger chunks are not copied to get one system call
constexpr std::size_t kSmallBody = 8'192;    // fits the ordinary read buffer

Error gone(std::string reason) {
  return Error{Errc::client_gone}.log(std::move(reason));
}

}  // namespace

WireExchange::WireExchange(Worker& worker, Wire& wire, Settings const& settings,
                           http::RequestHead const& head, boost::asio::ip::address const& peer,
                           SteadyTime started_at, bool http10, bool refused)
    : worker_{worker},
      wire_{wire},
      settings_{settings},
      head_{head},
      peer_{peer},
      started_at_{started_at},
      http10_{http10},
      keep_alive_{head.keep_alive && !refused},
      refused_{refused} {}

boost::asio::ip::address WireExchange::local() const noexcept {
  net::error_code ec;
  auto const endpoint = wire_.stream().socket().local_endpoint(ec);
  return unmapped(endpoint.address());
}

Task<std::string> WireExchange::read_body(std::size_t limit, Room room) {
  auto& parser = *wire_.parser;
  if (refused_ || !head_.has_body()) co_return std::string{};
  if (head_.content_length && *head_.content_length > limit) {
    input_broken_ = true;
    co_return Error{Errc::body_too_large,
                    "The request body is larger than " + std::to_string(limit) + " bytes."};
  }
  parser.set_body_limit(limit);
  if (head_.expect_continue && !http10_ && !parser.done() && wire_.unread().empty()) {
    net::error_code ec;
    co_await wire_.write(kContinue, {}, settings_.timeouts.client_write, ec);
    if (ec) co_return gone("100-continue: " + ec.message());
  }
  auto const until = Steady::now() + settings_.timeouts.body_read;
  std::size_t taken = 0;  // from the wire: what frames the chunks is counted too
  if (head_.content_length.value_or(kSmallBody + 1) > kSmallBody) wire_.want_large_reads();
  while (!parser.done()) {
    if (wire_.unread().empty()) {
      auto const wake = co_await wire_.more(until);
      if (wake == Wake::late) {
        input_broken_ = true;
        co_return Error{Errc::request_timeout, "the request body took too long"};
      }
      if (wake != Wake::data) co_return gone("the connection ended within the request body");
    }
    if (!room(taken + wire_.unread().size())) {
      input_broken_ = true;
      co_return Error{Errc::overloaded,
                      "This gateway has no memory for another body now: try again shortly."};
    }
    auto const used = parser.feed(wire_.unread());
    if (!used) {
      input_broken_ = true;
      co_return used.error();
    }
    taken += *used;
    wire_.consume(*used);
  }
  wire_.shrink();
  co_return parser.take_body();
}

// Before the answer says whether the connection stays: a body nobody asked for is swallowed if all of it is
// here; otherwise the connection ends after the answer, so that its bytes never become a request.
void WireExchange::settle_input() noexcept {
  auto& parser = *wire_.parser;
  while (!refused_ && !input_broken_ && !parser.done() && !wire_.unread().empty()) {
    auto const used = parser.feed(wire_.unread());
    if (!used) {
      input_broken_ = true;
      break;
    }
    wire_.consume(*used);
  }
  input_left_ = refused_ || input_broken_ || !parser.done();
  if (input_left_) keep_alive_ = false;
}

std::string WireExchange::start(int status, Framing framing, std::size_t length,
                                http::Headers const& headers) {
  settle_input();
  framing_ = status < 200 || status == 204 || status == 304 ? Framing::none : framing;
  if (framing_ == Framing::eof || worker_.draining) keep_alive_ = false;
  ResponseHead head;
  head.status = status;
  head.framing = framing_;
  head.length = length;
  head.keep_alive = keep_alive_;
  head.http10 = http10_;
  head.date = worker_.date();
  auto text = std::move(worker_.scratch);
  text.clear();
  append_head(text, head, headers);
  return text;
}

// The usual answer leaves here without waiting. `head` is the worker's scratch string and goes back to it.
Task<> WireExchange::send(std::string head, std::string_view body, State then) {
  net::error_code ec;
  auto const sent = wire_.stream().write_now(head, body, ec);
  if (!ec && sent < head.size() + body.size()) {
    std::string_view rest{head};
    rest.remove_prefix(std::min(sent, rest.size()));
    body.remove_prefix(sent - std::min(sent, head.size()));
    co_await wire_.write(rest, body, settings_.timeouts.client_write, ec);
  }
  if (head.capacity() <= kScratchMax && head.capacity() > worker_.scratch.capacity())
    worker_.scratch = std::move(head);
  if (ec) {
    state_ = State::broken;
    co_return gone(wire_.stalled() ? "client_write: the client does not read" : ec.message());
  }
  state_ = then;
  co_return Result<>{};
}

Task<> WireExchange::respond(int status, http::Headers const& headers, std::string_view body) {
  if (started()) co_return Error{Errc::internal}.log("two answers to one request");
  auto head = start(status, Framing::length, body.size(), headers);
  state_ = State::broken;  // until it is out
  if (bodiless()) body = {};
  co_return co_await send(std::move(head), body, State::complete);
}

Task<> WireExchange::begin(int status, http::Headers const& headers) {
  if (started()) co_return Error{Errc::internal}.log("two answers to one request");
  auto head = start(status, http10_ ? Framing::eof : Framing::chunked, 0, headers);
  state_ = State::streaming;
  co_return co_await send(std::move(head), {}, State::streaming);
}

Task<> WireExchange::write(std::string_view bytes) {
  if (state_ != State::streaming) co_return gone("the stream has ended");
  if (bytes.empty() || bodiless()) co_return Result<>{};
  auto chunk = std::move(worker_.scratch);
  chunk.clear();
  if (framing_ != Framing::chunked) co_return co_await send(std::move(chunk), bytes, State::streaming);
  if (bytes.size() > kJoinMax) {
    append_chunk_size(chunk, bytes.size());
    auto const sent = co_await send(std::move(chunk), bytes, State::streaming);
    if (!sent) co_return sent;
    co_return co_await send(std::string{}, "\r\n", State::streaming);
  }
  append_chunk(chunk, bytes);
  co_return co_await send(std::move(chunk), {}, State::streaming);
}

Task<> WireExchange::finish() {
  if (state_ != State::streaming) co_return gone("the stream has ended");
  if (framing_ != Framing::chunked || bodiless()) {
    state_ = State::complete;
    co_return Result<>{};
  }
  co_return co_await send(std::string{}, kLastChunk, State::complete);
}

}  // namespace tsg::server
