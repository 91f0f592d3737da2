// The only place that constructs and wires. open() does everything that can fail before anybody is served.
#pragma once
#include <atomic>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "app/worker.hpp"
#include "tsg/admin/admin.hpp"
#include "tsg/config/places.hpp"
#include "tsg/pipeline/health_checks.hpp"
#include "tsg/pipeline/metrics.hpp"
#include "tsg/store/open.hpp"

namespace tsg::app {

class Gateway {
 public:
  // `reload`: reads the configuration again; used on SIGHUP.
  static Result<std::unique_ptr<Gateway>> open(config::Config const& config);
  ~Gateway();

  config::Endpoint client_endpoint() const { return listener_->local(); }
  config::Endpoint admin_endpoint() const { return admin_listener_->local(); }

  // Applies a new configuration as a whole, or nothing; problems are logged.
  void reload(config::File const& file);
  // Stops accepting, lets requests finish up to shutdown_grace, then ends them; settles and closes. `hurry`
  // is asked now and then: true ends the grace.
  void drain(bool (*hurry)());
  bool healthy() const { return store_->healthy(); }
  // The audit log is not as it was left, and this process has asked itself to end: with an error.
  bool lost() const { return lost_.load(); }
  // Every worker's loop turned within this time: what the watchdog is told.
  bool workers_alive(std::chrono::milliseconds within);

 private:
  Gateway(config::Config const& config, crypto::SecretKey pepper, crypto::SecretKey commitment,
          crypto::SecretKey vault, crypto::SecretKey answers)
      : config_{config},
        pepper_{std::move(pepper)},
        commitment_{std::move(commitment)},
        vault_{std::move(vault)},
        answers_{std::move(answers)} {}
  Result<> start(crypto::SecretKey const& master, std::string const& admin_token);
  Result<> open_store(crypto::SecretKey const& master);
  void make_services(std::shared_ptr<pipeline::Runtime> runtime);
  void make_admin(std::string const& token, std::shared_ptr<server::TlsContext> const& tls);
  Result<> load_documents();
  void make_workers(std::shared_ptr<server::TlsContext> const& tls);
  Result<> listen(std::shared_ptr<server::TlsContext> const& admin_tls);
  void run();
  void tell_recovery() const;
  std::size_t open_connections() const;
  void stop_accepting();
  void keep_uses();
  void publish(std::shared_ptr<pipeline::Runtime> runtime);
  server::Capacity client_capacity() const;

  config::Config config_;
  crypto::SecretKey pepper_, commitment_, vault_, answers_;
  keys::Directory directory_;
  pipeline::Metrics metrics_;
  std::unique_ptr<store::Store> store_;
  std::unique_ptr<pipeline::Services> services_;
  std::unique_ptr<upstream::Resolver> resolver_;
  std::vector<std::unique_ptr<Worker>> workers_;
  std::shared_ptr<pipeline::HealthChecks> checks_;  // on the first worker's loop
  std::unique_ptr<server::Listener> listener_;
  bool inherited_ = false;  // its socket is systemd's
  std::atomic<bool> lost_{false};
  std::size_t descriptors_ = 0;

  // The admin API has a thread, connections and handler of its own: it works when clients are shed.
  boost::asio::io_context admin_io_{1};
  std::unique_ptr<admin::Api> admin_;
  std::unique_ptr<server::ConnectionSet> admin_connections_;
  std::unique_ptr<server::Listener> admin_listener_;
  std::thread admin_thread_;
};

}  // namespace tsg::app
