#include "app/gateway.hpp"

#include <systemd/sd-daemon.h>
#include <unistd.h>

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <csignal>
#include <future>

#include "app/runtime.hpp"
#include "app/secrets.hpp"
#include "app/version.hpp"
#include "tsg/core/log.hpp"
#include "tsg/core/thread_name.hpp"
#include "tsg/pipeline/client_network.hpp"
#include "tsg/pipeline/spent_today.hpp"
#include "tsg/server/descriptors.hpp"

namespace tsg::app {
namespace {

Error cannot_start(std::string message) {
  return Error{Errc::internal, std::move(message)};
}

std::string joined(std::vector<std::string> const& errors) {
  std::string all;
  for (auto const& e : errors) all += (all.empty() ? "" : "; ") + e;
  return all;
}

Result<std::shared_ptr<server::TlsContext>> tls_of(std::optional<config::Tls> const& files) {
  if (!files) return std::shared_ptr<server::TlsContext>{};
  return server::load_tls(*files);
}

admin::Names admin_names(config::Config const& config, server::TlsContext const* tls) {
  admin::Names names;
  names.listen = config.admin_listen;
  names.tls = tls != nullptr;
  if (tls) names.certificate = server::certificate_names(*tls);
  names.public_url = config.public_url;
  return names;
}

std::vector<std::pair<std::string, std::uint16_t>> hosts_of(config::Config const& config) {
  std::vector<std::pair<std::string, std::uint16_t>> hosts;
  for (auto const& p : config.providers) hosts.emplace_back(p.base_url.host, p.base_url.port);
  return hosts;
}

// What is wrong with a new configuration, at the key it is about.
void log_refused(config::File const& file, std::string const& path, std::string message) {
  auto p = config::placed(file.places, path);
  p.message = std::move(message);
  log::error("reload: {}", {config::to_string(file.name, p)});
}

// What a start says and goes on without, a running gateway does not give up: a key that is missing for the
// moment would turn answers into 502s.
std::vector<std::string> lost_credentials(MadeRuntime const& made, pipeline::Runtime const& running) {
  std::vector<std::string> out;
  for (auto const& u : made.unread) {
    auto const has = running.credentials.find(u.provider);
    bool const had = has != running.credentials.end() &&
                     std::ranges::any_of(has->second, [&](auto const& c) { return c.name == u.credential; });
    if (had) out.push_back(u.problem);
  }
  return out;
}

void warn_unread(MadeRuntime const& made) {
  for (auto const& u : made.unread) log::warn("{}", {u.problem});
}

}  // namespace

Result<std::unique_ptr<Gateway>> Gateway::open(config::Config const& config) {
  auto read = read_secrets(config.secrets);
  if (!read.secrets) return cannot_start(joined(read.errors));
  for (auto const& w : config::warnings(config)) log::warn("{}", {w});
  for (auto const& w : read.warnings) log::warn("{}", {w});
  auto& [pepper, master, admin_token] = *read.secrets;

  crypto::SecretKey commitment{crypto::hkdf_sha256(master.bytes(), "tsg", "content commitments v1")};
  crypto::SecretKey vault{crypto::hkdf_sha256(master.bytes(), "tsg", "provider credentials v1")};
  crypto::SecretKey answers{crypto::hkdf_sha256(master.bytes(), "tsg", "idempotent answers v1")};
  std::unique_ptr<Gateway> gateway{
      new Gateway{config, std::move(pepper), std::move(commitment), std::move(vault), std::move(answers)}};
  auto started = gateway->start(master, admin_token);
  if (!started) return started.error();
  return gateway;
}

// One maker for each part, in the order in which each needs those before it. Nobody is accepted before the
// last thing that can fail.
Result<> Gateway::start(crypto::SecretKey const& master, std::string const& admin_token) {
  auto made = make_runtime(config_);
  if (!made.runtime) return cannot_start(joined(made.errors));
  warn_unread(made);
  auto tls = tls_of(config_.tls);
  if (!tls) return cannot_start("tls: " + std::string{tls.error().message()});
  auto admin_tls = tls_of(config_.admin_tls);
  if (!admin_tls) return cannot_start("admin_tls: " + std::string{admin_tls.error().message()});

  if (auto done = open_store(master); !done) return done;
  make_services(made.runtime);
  make_admin(admin_token, *admin_tls);
  if (auto done = load_documents(); !done) return done;
  make_workers(*tls);
  if (auto done = listen(*admin_tls); !done) return done;
  run();
  tell_recovery();
  return boost::system::in_place_value;
}

Result<> Gateway::open_store(crypto::SecretKey const& master) {
  store::SqliteOptions options;
  options.data_dir = config_.data_dir;
  options.durable = config_.durability == config::Durability::full;
  options.node = config_.node;
  options.audit_slots = config_.limits.audit_queue;
  options.answer_bytes = config_.limits.idempotency_store_bytes;
  options.software = version_line();
  options.lost = [this] {
    lost_.store(true);
    ::kill(::getpid(), SIGTERM);  // as if somebody had asked: what is running is told, then the process ends
  };
  options.pepper_check = crypto::hkdf_sha256(pepper_.bytes(), "tsg", "key pepper check v1");
  auto store = store::open_sqlite(options, master, system_clock());
  if (!store) return cannot_start(std::string{store.error().message()});
  store_ = std::move(*store);
  return boost::system::in_place_value;
}

void Gateway::make_services(std::shared_ptr<pipeline::Runtime> runtime) {
  services_ = std::make_unique<pipeline::Services>(*store_, directory_, system_clock(), metrics_, pepper_,
                                                   commitment_, answers_);
  publish(std::move(runtime));
  resolver_ = upstream::make_resolver();
  resolver_->set_hosts(hosts_of(config_));
}

void Gateway::make_admin(std::string const& token, std::shared_ptr<server::TlsContext> const& tls) {
  admin_ =
      admin::make_api(admin::Settings{*services_, directory_, pepper_, vault_,
                                      admin::token_digest(pepper_, token), admin_names(config_, tls.get())});
}

// On the admin's own loop, which nobody else uses yet.
Result<> Gateway::load_documents() {
  std::optional<Result<>> loaded;
  boost::asio::co_spawn(
      admin_io_.get_executor(),
      [&]() -> Awaitable<> {
        auto done = co_await admin_->load();
        auto const runtime = services_->runtime.load();
        auto const stored = services_->stored_credentials.load();
        if (done)
          done = co_await pipeline::restore_spent_today(*store_, services_->quotas, runtime->config,
                                                        runtime->credentials, *stored, system_clock().wall());
        loaded = std::move(done);
      },
      boost::asio::detached);
  {
    auto const guard = boost::asio::make_work_guard(admin_io_);  // what the store does is not the loop's
    while (!loaded && admin_io_.run_one_for(std::chrono::seconds{60}) > 0) {
    }
  }
  admin_io_.restart();  // a loop that has run out of work stays stopped
  if (!loaded) return cannot_start("the store did not give organisations, keys and policies within a minute");
  if (*loaded) return boost::system::in_place_value;
  auto const& error = loaded->error();
  auto const* d = error.peek();
  std::string const why = d && !d->log.empty()      ? d->log
                          : error.message().empty() ? std::string{to_string(error.code())}
                                                    : std::string{error.message()};
  return cannot_start("organisations, keys and policies could not be loaded: " + why);
}

void Gateway::make_workers(std::shared_ptr<server::TlsContext> const& tls) {
  int const count = config_.workers > 0 ? config_.workers
                                        : std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
  for (int i = 0; i < count; ++i)
    workers_.push_back(std::make_unique<Worker>(*services_, *resolver_, config_, tls));
}

Result<> Gateway::listen(std::shared_ptr<server::TlsContext> const& admin_tls) {
  server::Settings admin_settings;
  admin_settings.limits = config_.limits;
  admin_settings.timeouts = config_.timeouts;
  admin_connections_ = server::make_connections(admin_io_, *admin_, std::move(admin_settings), admin_tls);

  descriptors_ = server::raise_descriptor_limit();
  auto const share = server::share_descriptors(descriptors_, config_.limits, workers_.size());
  if (share.connections < config_.limits.connections)
    log::warn(
        "{} file descriptors (RLIMIT_NOFILE) are too few for limits.connections_max: at most {} connections "
        "instead of {}. {} would do (systemd: LimitNOFILE=)",
        {descriptors_, share.connections, config_.limits.connections, share.wanted});
  server::Capacity admin_capacity{share.admin - share.admin / 4};  // as many as are reserved may be leaving
  admin_capacity.reserved = share.admin / 8;
  auto admin_listener =
      server::listen(admin_io_, config_.admin_listen, {admin_connections_.get()}, std::move(admin_capacity));
  if (!admin_listener) return cannot_start("admin_listen: " + std::string{admin_listener.error().message()});
  admin_listener_ = std::move(*admin_listener);

  std::vector<server::ConnectionSet*> sets;
  for (auto& worker : workers_) sets.push_back(worker->connections.get());
  auto& accept_io = workers_.front()->io;
  // systemd may hand over the client socket: connections queue in the kernel across a restart (SYS-3).
  inherited_ = sd_listen_fds(1) > 0;
  auto listener = inherited_ ? server::listen_fd(accept_io, SD_LISTEN_FDS_START, sets, client_capacity())
                             : server::listen(accept_io, config_.listen, sets, client_capacity());
  if (!listener) return cannot_start("listen: " + std::string{listener.error().message()});
  listener_ = std::move(*listener);
  return boost::system::in_place_value;
}

void Gateway::run() {
  services_->offload.start(workers_.size());
  auto& first = *workers_.front();
  checks_ = std::make_shared<pipeline::HealthChecks>(*services_, *first.client, first.io.get_executor());
  checks_->start();
  for (auto& worker : workers_) worker->start();
  boost::asio::co_spawn(admin_io_.get_executor(), admin_->keep_on(), boost::asio::detached);
  admin_thread_ = std::thread{[this] {
    name_this_thread("tsg-admin");
    auto const work = boost::asio::make_work_guard(admin_io_);
    for (;;) {
      try {
        admin_io_.run();
        return;
      } catch (std::exception const& bug) {
        log::error("admin: {}", {bug.what()});
      }
    }
  }};
}

void Gateway::tell_recovery() const {
  auto const recovery = store_->recovery();
  if (recovery.holds_settled + recovery.holds_released > 0)
    log::warn("recovered after an unclean end: {} holds settled as estimated, {} released",
              {recovery.holds_settled, recovery.holds_released});
  if (recovery.new_epoch) log::warn("the audit log was behind its signed head: a new epoch has begun");
}

void Gateway::reload(config::File const& file) {
  auto const& loaded = file.loaded;
  if (!loaded.config) {
    for (auto const& p : loaded.problems) log::error("reload: {}", {config::to_string(file.name, p)});
    log::error("reload refused: the running configuration stays");
    return;
  }
  auto const blocked = config::restart_needed(config_, *loaded.config);
  if (!blocked.empty()) {
    for (auto const& key : blocked)
      log_refused(file, key, "'" + key + "' cannot change while running: restart to apply it");
    log::error("reload refused: the running configuration stays");
    return;
  }
  auto made = make_runtime(*loaded.config);
  auto tls = tls_of(loaded.config->tls);
  auto admin_tls = tls_of(loaded.config->admin_tls);
  auto const lost = lost_credentials(made, *services_->runtime.load());
  for (auto const& e : made.errors) log_refused(file, e, e);
  for (auto const& e : lost) log_refused(file, e, e);
  if (!tls) log_refused(file, "tls", "tls: " + std::string{tls.error().message()});
  if (!admin_tls) log_refused(file, "admin_tls", "admin_tls: " + std::string{admin_tls.error().message()});
  if (!made.runtime || !lost.empty() || !tls || !admin_tls) {
    log::error("reload refused: the running configuration stays");
    return;
  }
  warn_unread(made);
  config_ = *loaded.config;
  publish(made.runtime);
  resolver_->set_hosts(hosts_of(config_));
  listener_->set_capacity(client_capacity());
  auto const apply = [this](server::ConnectionSet& set, std::shared_ptr<server::TlsContext> context) {
    server::Settings settings;
    settings.limits = config_.limits;
    settings.timeouts = config_.timeouts;
    set.set_settings(std::move(settings));
    set.set_tls(std::move(context));
  };
  for (auto& worker : workers_) {
    std::promise<void> done;
    boost::asio::post(worker->io, [&] {
      apply(*worker->connections, *tls);
      done.set_value();
    });
    done.get_future().wait();
  }
  std::promise<void> done;
  boost::asio::post(admin_io_, [&] {
    apply(*admin_connections_, *admin_tls);
    admin_->set_names(admin_names(config_, admin_tls->get()));
    done.set_value();
  });
  done.get_future().wait();
  log::info("configuration reloaded, catalogue {}", {made.runtime->catalog->version()});
}

server::Capacity Gateway::client_capacity() const {
  auto const& limits = config_.limits;
  auto const share = server::share_descriptors(descriptors_, limits, workers_.size());
  server::Capacity out{share.connections};
  out.reserved = share.reserved;
  out.per_address = limits.connections_per_address > 0 ? limits.connections_per_address
                                                       : std::max<std::size_t>(1, out.most / 2);
  out.exempt = [proxies = config_.trusted_proxies](boost::asio::ip::address const& from) {
    return pipeline::is_proxy(from, proxies);
  };
  return out;
}

void Gateway::publish(std::shared_ptr<pipeline::Runtime> runtime) {
  services_->memory.set_limits(runtime->config.limits.turn_memory_bytes,
                               runtime->config.timeouts.turn_memory);
  services_->bodies.set_most(runtime->config.limits.bodies_bytes);
  services_->runtime.store(std::move(runtime));
}

std::size_t Gateway::open_connections() const {
  std::size_t n = 0;
  for (auto const& worker : workers_) n += worker->connections->open();
  return n;
}

// When it returns nothing is accepted any more, and all that was is counted.
void Gateway::stop_accepting() {
  listener_->stop();
  std::promise<void> done;
  boost::asio::post(workers_.front()->io, [&done] { done.set_value(); });  // behind the stop
  done.get_future().wait();
}

void Gateway::drain(bool (*hurry)()) {
  services_->draining.store(true);
  checks_->stop();
  // Who still comes is told so: a refused connection looks like a crash. systemd's socket is another matter:
  // connections wait in it for the next process, and whoever was accepted is served.
  if (inherited_) stop_accepting();
  auto const latecomers = inherited_ ? server::Latecomers::serve : server::Latecomers::refuse;
  for (auto& worker : workers_)
    boost::asio::post(worker->io, [&worker, latecomers] { worker->connections->drain(latecomers); });
  auto const until = Steady::now() + config_.timeouts.shutdown_grace;
  auto const left = [this] {
    std::size_t n = 0;
    for (auto const& worker : workers_) n += worker->connections->open_before_drain();
    return n;
  };
  while (left() > 0 && Steady::now() < until && !hurry())
    std::this_thread::sleep_for(std::chrono::milliseconds{20});
  listener_->stop();
  // Who still waits for an answer is told, which takes one commit each, rather than cut off.
  services_->stopping.store(true);
  for (auto& worker : workers_) boost::asio::post(worker->io, [&] { worker->connections->give_notice(); });
  auto const told = Steady::now() + std::chrono::seconds{2};
  while (left() > 0 && Steady::now() < told) std::this_thread::sleep_for(std::chrono::milliseconds{10});
  for (auto& worker : workers_) boost::asio::post(worker->io, [&] { worker->connections->close_all(); });
  // What was cut off still settles: each needs one commit.
  auto const last = Steady::now() + std::chrono::seconds{2};
  while ((open_connections() > 0 || metrics_.inflight_now() > 0 || services_->unwritten->load() > 0) &&
         Steady::now() < last)
    std::this_thread::sleep_for(std::chrono::milliseconds{10});
}

bool Gateway::workers_alive(std::chrono::milliseconds within) {
  for (auto& worker : workers_) {
    auto turned = std::make_shared<std::promise<void>>();
    boost::asio::post(worker->io, [turned] { turned->set_value(); });
    if (turned->get_future().wait_for(within) != std::future_status::ready) return false;
  }
  return true;
}

// No request runs any more, the admin's loop and the store do.
void Gateway::keep_uses() {
  if (!admin_thread_.joinable()) return;
  auto const done = std::make_shared<std::promise<void>>();
  boost::asio::co_spawn(admin_io_.get_executor(), admin_->keep(),
                        [done](std::exception_ptr, Result<>) { done->set_value(); });
  constexpr std::chrono::seconds most{5};  // what is lost is a minute of "last used"
  if (done->get_future().wait_for(most) != std::future_status::ready)
    log::warn("the last uses of keys were not written in time");
}

Gateway::~Gateway() {
  if (listener_) listener_->stop();
  if (admin_listener_) admin_listener_->stop();
  for (auto& worker : workers_) worker->stop();
  for (auto& worker : workers_) worker->join();
  keep_uses();
  admin_io_.stop();
  if (admin_thread_.joinable()) admin_thread_.join();
  if (services_) services_->offload.stop();
  if (resolver_) resolver_->stop();
  if (store_) store_->close();
}

}  // namespace tsg::app
