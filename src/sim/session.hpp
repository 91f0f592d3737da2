// One connection of a client of the simulator.
#pragma once
#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>

#include "core.hpp"

namespace tsg::sim {

/// Serves requests until the peer leaves or a fault ends the connection. `tls` may be null.
boost::asio::awaitable<void> serve(boost::asio::ip::tcp::socket socket, boost::asio::ssl::context* tls,
                                   Core& core, AnswerCache& cache);

}  // namespace tsg::sim
