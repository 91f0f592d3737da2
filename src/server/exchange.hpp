// The Exchange of one request on a wire.
#pragma once
#include "server/response_head.hpp"
#include "server/worker.hpp"
#include "tsg/server/exchange.hpp"

namespace tsg::server {

// An IPv4 address that a dual-stack socket shows as IPv6.
inline boost::asio::ip::address unmapped(boost::asio::ip::address const& address) {
  if (address.is_v6() && address.to_v6().is_v4_mapped())
    return boost::asio::ip::make_address_v4(boost::asio::ip::v4_mapped, address.to_v6());
  return address;
}

class WireExchange final : public Exchange {
 public:
  // `head` and everything else outlive the exchange. `refused`: the head is not a request; answer and close.
  WireExchange(Worker& worker, Wire& wire, Settings const& settings, http::RequestHead const& head,
               boost::asio::ip::address const& peer, SteadyTime started_at, bool http10, bool refused);
  ~WireExchange() override { wire_.unwatch(); }

  http::RequestHead const& head() const noexcept override { return head_; }
  boost::asio::ip::address peer() const noexcept override { return peer_; }
  boost::asio::ip::address local() const noexcept override;
  Executor executor() const noexcept override { return worker_.io.get_executor(); }
  SteadyTime started_at() const noexcept override { return started_at_; }
  Task<std::string> read_body(std::size_t limit, Room room) override;
  Task<> respond(int status, http::Headers const& headers, std::string_view body) override;
  Task<> begin(int status, http::Headers const& headers) override;
  Task<> write(std::string_view bytes) override;
  Task<> finish() override;
  void abort() noexcept override { aborted_ = true; }
  bool started() const noexcept override { return state_ != State::waiting; }
  void watch_client(std::function<void()> gone) override { wire_.watch(std::move(gone)); }
  void unwatch_client() noexcept override { wire_.unwatch(); }
  void close_after() noexcept override { keep_alive_ = false; }

  bool complete() const noexcept { return state_ == State::complete && !aborted_; }
  bool keep_alive() const noexcept { return complete() && keep_alive_; }
  // Bytes of the request may still come: the connection has to be closed slowly.
  bool input_left() const noexcept { return input_left_; }
  bool eof_framed() const noexcept { return framing_ == Framing::eof; }

 private:
  enum class State : std::uint8_t { waiting, streaming, complete, broken };

  void settle_input() noexcept;
  std::string start(int status, Framing framing, std::size_t length, http::Headers const& headers);
  Task<> send(std::string head, std::string_view body, State then);
  bool bodiless() const noexcept { return framing_ == Framing::none || head_.method == http::Method::head; }

  Worker& worker_;
  Wire& wire_;
  Settings const& settings_;
  http::RequestHead const& head_;
  boost::asio::ip::address peer_;
  SteadyTime started_at_;
  Framing framing_ = Framing::length;
  State state_ = State::waiting;
  bool http10_, keep_alive_, refused_, aborted_ = false, input_left_ = false, input_broken_ = false;
};

}  // namespace tsg::server
