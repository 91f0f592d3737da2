#include "cli/admin_client.hpp"

#include <algorithm>
#include <boost/asio/connect.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/ssl.hpp>
#include <boost/asio/write.hpp>
#include <cstdlib>
#include <nlohmann/json.hpp>

#include "config/values.hpp"
#include "tsg/http/parser.hpp"
#include "tsg/json/value.hpp"

namespace tsg::cli {
namespace {

namespace asio = boost::asio;
using tcp = asio::ip::tcp;

Error failed(std::string message) {
  return Error{Errc::internal, std::move(message)};
}

std::string_view trim(std::string_view text) {
  constexpr std::string_view kBlank = " \t\r\n";
  auto const first = text.find_first_not_of(kBlank);
  if (first == text.npos) return {};
  return text.substr(first, text.find_last_not_of(kBlank) + 1 - first);
}

template <class Stream>
Result<Response> send_and_read(Stream& stream, std::string const& request) {
  boost::system::error_code ec;
  asio::write(stream, asio::buffer(request), ec);
  if (ec) return failed("the request could not be sent: " + ec.message());
  http::ResponseParser parser{http::ResponseParser::Limits{}};
  Response response;
  std::string pending;
  char buffer[16384];
  while (!parser.done()) {
    auto const n = stream.read_some(asio::buffer(buffer), ec);
    pending.append(buffer, n);
    auto used = parser.feed(pending, response.body);
    if (!used) return failed("the answer is not HTTP");
    pending.erase(0, *used);
    if (ec) {
      if (!parser.done() && !parser.finish_eof()) return failed("the connection ended before the answer did");
      break;
    }
  }
  response.status = parser.status();
  return response;
}

}  // namespace

Result<AdminClient> AdminClient::from_environment(bool insecure) {
  char const* set = std::getenv("TSG_ADMIN_URL");
  char const* token = std::getenv("TSG_ADMIN_TOKEN");
  auto const url = config::parse_url(set && *set ? set : "http://127.0.0.1:8081");
  if (!url) return failed("TSG_ADMIN_URL must look like http://127.0.0.1:8081 or https://tsg.example.com");
  // Whoever is on the way would read an owner's token.
  if (!url->tls && !config::loopback_host(url->host) && !insecure)
    return failed("TSG_ADMIN_URL is http:// to " + url->host +
                  ", where the token could be read on the way: use https://, or --insecure where something "
                  "else protects the connection");
  if (!token || !*token)
    return failed(
        "TSG_ADMIN_TOKEN is not set: export the token of secrets.admin_token (the demo writes it to "
        "demo.env)");
  // A token read from a file ends in a newline; inside it none may stand, or it would end the header.
  auto const trimmed = trim(token);
  if (trimmed.empty() ||
      std::any_of(trimmed.begin(), trimmed.end(), [](char c) { return c <= ' ' || c > '~'; }))
    return failed("TSG_ADMIN_TOKEN is not a token: it holds a space, a line break or a byte beyond ASCII");
  return AdminClient{*url, std::string{trimmed}};
}

Result<Response> AdminClient::call(std::string_view method, std::string_view path,
                                   std::string_view body) const {
  auto const where = std::string{url_.tls ? "https://" : "http://"} + url_.authority();
  std::string request{method};
  request += ' ';
  request += url_.path;
  request += path;
  request += " HTTP/1.1\r\nHost: " + url_.authority() + "\r\nAuthorization: Bearer " + token_ +
             "\r\nConnection: close\r\n";
  if (method != "GET")
    request += "Content-Type: application/json\r\nContent-Length: " + std::to_string(body.size()) + "\r\n";
  request += "\r\n";
  request += body;

  asio::io_context io;
  boost::system::error_code ec;
  auto const addresses = tcp::resolver{io}.resolve(url_.host, std::to_string(url_.port), ec);
  tcp::socket socket{io};
  if (!ec) asio::connect(socket, addresses, ec);
  if (ec)
    return failed("the admin API at " + where + " cannot be reached: " + ec.message() +
                  " (TSG_ADMIN_URL says where it is)");
  if (!url_.tls) return send_and_read(socket, request);
  asio::ssl::context tls{asio::ssl::context::tls_client};
  tls.set_default_verify_paths();
  tls.set_verify_mode(asio::ssl::verify_peer);
  asio::ssl::stream<tcp::socket> stream{std::move(socket), tls};
  SSL_set_tlsext_host_name(stream.native_handle(), url_.host.c_str());
  stream.set_verify_callback(asio::ssl::host_name_verification{url_.host});
  stream.handshake(asio::ssl::stream_base::client, ec);
  if (ec) return failed("TLS to " + where + ": " + ec.message());
  return send_and_read(stream, request);
}

Result<nlohmann::ordered_json> AdminClient::json(std::string_view method, std::string_view path,
                                                 nlohmann::ordered_json const& body) const {
  auto response = call(method, path, body.is_null() ? std::string{} : json::to_text(body));
  if (!response) return response.error();
  auto parsed = json::parse_ordered(response->body);
  if (response->status >= 200 && response->status < 300 && !parsed.is_discarded())
    return Result<nlohmann::ordered_json>{boost::system::in_place_value, std::move(parsed)};
  if (parsed.is_object() && parsed.contains("error"))
    return failed(parsed["error"].value("message", std::string{"error"}) + " (HTTP " +
                  std::to_string(response->status) + ")");
  return failed("HTTP " + std::to_string(response->status));
}

Result<AdminClient::Some> AdminClient::first(std::string path, std::size_t limit) const {
  Some out;
  std::string cursor;
  path += path.find('?') == std::string::npos ? "?limit=" : "&limit=";
  do {
    auto const wanted = std::min<std::size_t>(limit - out.rows.size(), 1000);
    auto page = json(
        "GET", path + std::to_string(wanted) + (cursor.empty() ? "" : "&cursor=" + percent_encoded(cursor)));
    if (!page) return page.error();
    for (auto& row : (*page)["data"]) out.rows.push_back(std::move(row));
    cursor = (*page)["next_cursor"].is_string() ? (*page)["next_cursor"].get<std::string>() : "";
  } while (!cursor.empty() && out.rows.size() < limit);
  out.more = !cursor.empty();
  return out;
}

Result<nlohmann::ordered_json> AdminClient::all(std::string path) const {
  auto every = first(std::move(path), SIZE_MAX);
  if (!every) return every.error();
  return Result<nlohmann::ordered_json>{boost::system::in_place_value, std::move(every->rows)};
}

std::string percent_encoded(std::string_view text) {
  constexpr char hex[] = "0123456789ABCDEF";
  std::string out;
  for (char const c : text) {
    auto const b = static_cast<unsigned char>(c);
    if ((b >= '0' && b <= '9') || (b >= 'A' && b <= 'Z') || (b >= 'a' && b <= 'z') || b == '-' || b == '.' ||
        b == '_' || b == '~') {
      out += c;
    } else {
      out += '%';
      out += hex[b >> 4];
      out += hex[b & 15];
    }
  }
  return out;
}

}  // namespace tsg::cli
