// Listening sockets and the connections of one worker.
#pragma once
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "tsg/config/config.hpp"
#include "tsg/core/error.hpp"
#include "tsg/server/exchange.hpp"

namespace tsg::server {

// The server's TLS context; replaced as a whole on SIGHUP (TLS-6). Errors name the file and the reason.
class TlsContext;
Result<std::shared_ptr<TlsContext>> load_tls(config::Tls const& files);

struct Settings {
  Settings() = default;
  config::Limits limits;
  config::Timeouts timeouts;
};

// All connections of one worker. Not thread-safe: its worker's thread only, unless a line says otherwise.
// Destroy it when the io_context no longer runs (or on its thread) and before the io_context. The handler
// must outlive the io_context: requests still waiting there are destroyed with it, not resumed.
class ConnectionSet {
 public:
  virtual ~ConnectionSet() = default;
  // Takes over a connected socket. Any thread.
  virtual void adopt(boost::asio::ip::tcp::socket::native_handle_type fd, bool ipv6) = 0;
  virtual void set_tls(std::shared_ptr<TlsContext> context) = 0;  // new connections use it; nullptr = plain
  virtual void set_settings(Settings settings) = 0;               // new requests use it
  virtual std::size_t open() const noexcept = 0;                  // any thread
  virtual bool secure() const noexcept = 0;                       // any thread: new connections speak TLS
  // Any thread: those that a drain waits for, without those that came after it began.
  virtual std::size_t open_before_drain() const noexcept = 0;
  // Drain: idle connections close now, running requests finish with Connection: close. Connections that come
  // later get one answer: the handler refuses with `overloaded`.
  virtual void drain() = 0;
  // End of the grace: handlers that watch their client are called as if it had left, and may still answer.
  virtual void give_notice() = 0;
  // Every connection is closed; handlers see client_gone.
  virtual void close_all() = 0;
};
std::unique_ptr<ConnectionSet> make_connections(boost::asio::io_context& io, Handler& handler,
                                                Settings settings, std::shared_ptr<TlsContext> tls);

// Accepts on one endpoint and hands sockets out round-robin. EMFILE pauses 100 ms, logs once (pitfall 24);
// above `connections_max` in total, new ones are closed at once after a short 503.
class Listener {
 public:
  virtual ~Listener() = default;
  virtual config::Endpoint local() const = 0;  // the real port after port 0
  virtual void stop() = 0;                     // any thread: stop accepting
};
Result<std::unique_ptr<Listener>> listen(boost::asio::io_context& io, config::Endpoint const& endpoint,
                                         std::vector<ConnectionSet*> sets, std::size_t connections_max);
// The same for a socket that already listens (systemd socket activation). Takes over the descriptor.
Result<std::unique_ptr<Listener>> listen_fd(boost::asio::io_context& io, int fd,
                                            std::vector<ConnectionSet*> sets, std::size_t connections_max);

}  // namespace tsg::server
