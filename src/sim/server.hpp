// The simulator's listener and its threads.
#pragma once
#include <cstdint>
#include <memory>
#include <string>

#include "core.hpp"

namespace tsg::sim {

struct ServerOptions {
  std::string address = "127.0.0.1";
  std::uint16_t port = 0;
  unsigned threads = 1;
  std::string tls_certificate;  // PEM files; both or none
  std::string tls_key;
};

/// Listens when constructed, serves between run() and stop(). stop() may be called from any thread.
class Server {
 public:
  /// Throws std::exception when the address or the certificate cannot be used.
  Server(ServerOptions const& options, Core& core);
  ~Server();
  Server(Server const&) = delete;
  Server& operator=(Server const&) = delete;

  std::uint16_t port() const;
  void run();  // blocks
  void stop();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace tsg::sim
