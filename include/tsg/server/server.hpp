// Listening sockets and the connections of one worker.
#pragma once
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/address.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <cstddef>
#include <cstdint>
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
// The names its certificate is for (subjectAltName): DNS names, "*.example.com" as it stands, and addresses.
std::vector<std::string> certificate_names(TlsContext const& tls);

struct Settings {
  Settings() = default;
  config::Limits limits;
  config::Timeouts timeouts;
};

// Who begins to be served while a drain is going on. `refuse`: came after it began and is told so (503).
// `serve`: was accepted before, and waits for an answer like anybody else. That is where the listening socket
// is inherited: who comes later waits in it for the next process.
enum class Latecomers : std::uint8_t { refuse, serve };
// How many connections a listener has at once. When all places are taken, a newcomer gets that of the
// connection that has waited longest for a whole request head; whoever is served keeps its own.
struct Capacity {
  Capacity() = default;
  explicit Capacity(std::size_t connections) : most{connections} {}
  std::size_t most = SIZE_MAX;         // limits.connections_max, or what descriptors leave room for
  std::size_t per_address = SIZE_MAX;  // of them, for one IPv4 address or IPv6 /64
  // Beyond `most`: connections that are answered once, with our health or a 503. As many again may be on
  // their way out.
  std::size_t reserved = 0;
  std::function<bool(boost::asio::ip::address const&)>
      exempt;  // from per_address: our own proxies. Any thread
};

class Place;  // of one connection among them (src/server/places.hpp)

// All connections of one worker. Not thread-safe: its worker's thread only, unless a line says otherwise.
// Destroy it when the io_context no longer runs (or on its thread) and before the io_context. The handler
// must outlive the io_context: requests still waiting there are destroyed with it, not resumed.
class ConnectionSet {
 public:
  virtual ~ConnectionSet() = default;
  // Takes over a connected socket, also where it throws. Any thread.
  virtual void adopt(boost::asio::ip::tcp::socket::native_handle_type fd, bool ipv6,
                     std::unique_ptr<Place> place) = 0;
  virtual void set_tls(std::shared_ptr<TlsContext> context) = 0;  // new connections use it; nullptr = plain
  virtual void set_settings(Settings settings) = 0;               // new requests use it
  virtual std::size_t open() const noexcept = 0;                  // any thread
  virtual bool secure() const noexcept = 0;                       // any thread: new connections speak TLS
  // Any thread: those that a drain waits for, without those that came after it began.
  virtual std::size_t open_before_drain() const noexcept = 0;
  // Drain: running requests finish with Connection: close. A connection that is idle, or new, has
  // timeouts.drain_idle for a request that may be on its way, which is answered the same; then it closes.
  // Refused latecomers get one answer: the handler says `overloaded`.
  virtual void drain(Latecomers latecomers) = 0;
  // End of the grace: handlers that watch their client are called as if it had left, and may still answer.
  virtual void give_notice() = 0;
  // Every connection is closed; handlers see client_gone.
  virtual void close_all() = 0;
};
std::unique_ptr<ConnectionSet> make_connections(boost::asio::io_context& io, Handler& handler,
                                                Settings settings, std::shared_ptr<TlsContext> tls);

// Accepts on one endpoint and hands sockets out round-robin. EMFILE pauses 100 ms, logs once (pitfall 24);
// whoever finds no place at all is closed at once after a short 503.
class Listener {
 public:
  virtual ~Listener() = default;
  virtual config::Endpoint local() const = 0;        // the real port after port 0
  virtual void stop() = 0;                           // any thread: stop accepting
  virtual void set_capacity(Capacity capacity) = 0;  // any thread; for who comes from now on
};
Result<std::unique_ptr<Listener>> listen(boost::asio::io_context& io, config::Endpoint const& endpoint,
                                         std::vector<ConnectionSet*> sets, Capacity capacity);
// The same for a socket that already listens (systemd socket activation). Takes over the descriptor.
Result<std::unique_ptr<Listener>> listen_fd(boost::asio::io_context& io, int fd,
                                            std::vector<ConnectionSet*> sets, Capacity capacity);

}  // namespace tsg::server
