// The client API: endpoint table, chain, one exit for errors. One per worker.
#pragma once
#include <memory>

#include "tsg/core/ids.hpp"
#include "tsg/pipeline/services.hpp"
#include "tsg/server/exchange.hpp"
#include "tsg/upstream/client.hpp"

namespace tsg::pipeline {

std::unique_ptr<server::Handler> make_client_api(Services& services, upstream::Client& upstream);

// The one exit from Errc to HTTP (contract §3): status, body and retry headers. Also used by the admin API.
struct ErrorResponse {
  int status = 500;
  http::Headers headers;
  std::string body;
};
ErrorResponse to_response(Error const& error, std::string_view request_id);
int status_of(Error const& error) noexcept;
std::string_view code_of(Error const& error) noexcept;  // the contract's `code`
std::string error_event(Error const& error);            // `data: {"error":…}\n\n`

// Keys the admin API resolves the same way as clients do: one Authorization header, Bearer, or x-api-key.
// "" = none; nullopt = contradictory.
std::optional<std::string_view> bearer(http::RequestHead const& head, bool other_places) noexcept;

// Is it the address of one of our own proxies?
bool is_proxy(boost::asio::ip::address const& peer, std::vector<std::string> const& trusted_proxies);

// The client's address, taking X-Forwarded-For only from trusted proxies (standards 8.6).
boost::asio::ip::address client_address(server::Exchange const& exchange,
                                        std::vector<std::string> const& trusted_proxies);

// /24 or /48 of the client, taking X-Forwarded-For only from trusted proxies (standards 8.6, AUD-33).
std::string client_network(server::Exchange const& exchange, std::vector<std::string> const& trusted_proxies);

}  // namespace tsg::pipeline
