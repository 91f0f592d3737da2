// What a request's head and connection say of who sends it, before anything is believed.
#pragma once
#include <boost/asio/ip/address.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tsg/http/message.hpp"
#include "tsg/server/exchange.hpp"

namespace tsg::pipeline {

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
