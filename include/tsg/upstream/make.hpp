// Making upstream clients, and the resolver they share.
#pragma once
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tsg/config/config.hpp"
#include "tsg/upstream/client.hpp"

namespace tsg::upstream {

struct Addresses {  // immutable once published
  Addresses() = default;
  std::vector<boost::asio::ip::tcp::endpoint> endpoints;  // in the system's order of preference
  std::string failure;                                    // of the last look-up, for the log; "" = it worked
};

// Names are resolved on a schedule by one background thread; requests never resolve (style pitfall 19).
// The last good answer is served while a refresh fails. Thread-safe.
class Resolver {
 public:
  virtual ~Resolver() = default;
  virtual void set_hosts(
      std::vector<std::pair<std::string, std::uint16_t>> hosts) = 0;  // starts refreshing them
  // What is known now; null = nothing yet. An unknown host is added and looked up at once. Never blocks on a
  // look-up.
  virtual std::shared_ptr<Addresses const> find(std::string_view host, std::uint16_t port) = 0;
  virtual void stop() = 0;
};
std::unique_ptr<Resolver> make_resolver();

// TLS contexts are made at first use per ca_file and kept; sessions are resumed per origin (pitfall 14).
// `io` and `resolver` outlive the client; one client per worker.
std::unique_ptr<Client> make_client(boost::asio::io_context& io, Resolver& resolver,
                                    config::Timeouts timeouts);

// Whether a provider's own trust anchors can be used; "" = it has none. The error names the file.
Result<> check_ca_file(std::filesystem::path const& ca_file);

}  // namespace tsg::upstream
