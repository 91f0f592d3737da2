// Helpers of the simulator's tests: a request without headers, a server in this process, a raw client.
#pragma once
#include <gtest/gtest.h>

#include <boost/asio/connect.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/write.hpp>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <thread>

#include "sim/answer.hpp"
#include "sim/server.hpp"

namespace tsg::sim {

inline std::shared_ptr<Prepared const> post(std::string_view target, Json const& body,
                                            Settings const& settings = {}) {
  static auto const prices = PriceList::built_in();
  auto const text = dump(body);
  Request request;
  request.method = "POST";
  request.target = target;
  request.body = text;
  request.anthropic_version = "2023-06-01";
  return prepare(request, settings, prices);
}

inline Json chat(std::string const& model, std::string const& words, bool stream = false) {
  return {{"model", model},
          {"stream", stream},
          {"messages", Json::array({Json{{"role", "user"}, {"content", words}}})}};
}

inline Json parsed(std::shared_ptr<Prepared const> const& answer) {
  return Json::parse(answer->body, nullptr, false);
}

/// The JSON of each "data:" line.
inline std::vector<Json> events(std::string_view wire) {
  std::vector<Json> out;
  std::istringstream lines{std::string(wire)};
  for (std::string line; std::getline(lines, line);)
    if (line.starts_with("data: {")) out.push_back(Json::parse(line.substr(6), nullptr, false));
  return out;
}

class Running {
 public:
  Running() : server_(ServerOptions{}, core_), thread_([this] { server_.run(); }) {}
  ~Running() {
    server_.stop();
    thread_.join();
  }
  Running(Running const&) = delete;
  Running& operator=(Running const&) = delete;
  Core& core() { return core_; }

  boost::asio::ip::tcp::socket connect() {
    boost::asio::ip::tcp::socket socket(io_);
    socket.connect({boost::asio::ip::make_address("127.0.0.1"), server_.port()});
    return socket;
  }

  static void send(boost::asio::ip::tcp::socket& socket, std::string_view method, std::string_view target,
                   std::string const& body) {
    std::string text(method);
    text += ' ';
    text += target;
    text +=
        " HTTP/1.1\r\nHost: sim\r\nAuthorization: Bearer sk-canary\r\nanthropic-version: "
        "2023-06-01\r\nContent-Length: ";
    text += std::to_string(body.size()) + "\r\n\r\n" + body;
    boost::asio::write(socket, boost::asio::buffer(text));
  }

  /// Everything until the server closes; "Connection: close" is not sent, so only faults and stop end it.
  static std::string read_all(boost::asio::ip::tcp::socket& socket, boost::system::error_code& ec) {
    std::string out;
    boost::asio::read(socket, boost::asio::dynamic_buffer(out), ec);
    return out;
  }

  /// One GET of a control page on a connection of its own.
  Json get(std::string const& target) {
    auto socket = connect();
    std::string const text = "GET " + target + " HTTP/1.1\r\nHost: sim\r\nConnection: close\r\n\r\n";
    boost::asio::write(socket, boost::asio::buffer(text));
    boost::system::error_code ec;
    auto const all = read_all(socket, ec);
    return Json::parse(all.substr(all.find("\r\n\r\n") + 4), nullptr, false);
  }

 private:
  Core core_;
  Server server_;
  boost::asio::io_context io_;
  std::thread thread_;
};

}  // namespace tsg::sim
