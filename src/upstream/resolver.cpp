#include "upstream/resolver.hpp"

#include <netdb.h>
#include <sys/socket.h>

#include <boost/asio/ip/address.hpp>
#include <condition_variable>
#include <cstring>
#include <mutex>
#include <random>
#include <thread>
#include <utility>

#include "tsg/core/published.hpp"
#include "tsg/core/thread_name.hpp"
#include "upstream/name_table.hpp"

namespace tsg::upstream {

namespace {

using Snapshot = std::vector<Name>;

// Shared with the thread, which may outlive the resolver: getaddrinfo cannot be interrupted (pitfall 19).
struct Shared {
  explicit Shared(LookUp function) : look_up{std::move(function)} {}
  LookUp look_up;
  Published<Snapshot> snapshot{std::make_shared<Snapshot const>()};
  std::mutex mutex;  // guards what follows
  std::condition_variable changed;
  NameTable table;
  bool stopping = false, looking_up = false;
};

void wait_for_work(Shared& shared, std::unique_lock<std::mutex>& lock) {
  if (auto const next = shared.table.next(); next == SteadyTime::max())
    shared.changed.wait(lock);
  else
    shared.changed.wait_until(lock, next);
}

void run(std::shared_ptr<Shared> const& shared) {
  std::minstd_rand random{std::random_device{}()};
  std::uniform_real_distribution<double> chance{0.0, 1.0};
  std::unique_lock lock{shared->mutex};
  while (!shared->stopping) {
    auto const* name = shared->table.due(Steady::now());
    if (name == nullptr) {
      wait_for_work(*shared, lock);
      continue;
    }
    auto const host = name->host;  // the table may grow meanwhile
    auto const port = name->port;
    shared->looking_up = true;
    lock.unlock();
    auto found = shared->look_up(host, port);
    lock.lock();
    shared->looking_up = false;
    shared->table.answer(host, port, std::move(found), Steady::now(), chance(random));
    shared->snapshot.store(std::make_shared<Snapshot const>(shared->table.names()));
  }
}

class BackgroundResolver final : public Resolver {
 public:
  explicit BackgroundResolver(LookUp look_up)
      : shared_{std::make_shared<Shared>(std::move(look_up))}, thread_{[shared = shared_] {
          name_this_thread("tsg-resolver");
          run(shared);
        }} {}
  ~BackgroundResolver() override { BackgroundResolver::stop(); }

  void set_hosts(std::vector<std::pair<std::string, std::uint16_t>> hosts) override {
    for (auto const& [host, port] : hosts) add(host, port);
  }

  std::shared_ptr<Addresses const> find(std::string_view host, std::uint16_t port) override {
    auto const snapshot = shared_->snapshot.load();
    for (auto const& name : *snapshot)
      if (name.port == port && name.host == host) return name.addresses;
    add(host, port);
    return nullptr;
  }

  // Does not wait for a look-up in flight: that may take the system's full time-out.
  void stop() override {
    if (!thread_.joinable()) return;
    std::unique_lock lock{shared_->mutex};
    shared_->stopping = true;
    bool const busy = shared_->looking_up;
    lock.unlock();
    shared_->changed.notify_all();
    if (busy)
      thread_.detach();
    else
      thread_.join();
  }

 private:
  void add(std::string_view host, std::uint16_t port) {
    boost::system::error_code not_literal;
    boost::asio::ip::make_address(host, not_literal);
    if (!not_literal) return;
    std::lock_guard const lock{shared_->mutex};
    if (shared_->table.add(host, port, Steady::now())) shared_->changed.notify_all();
  }

  std::shared_ptr<Shared> shared_;
  std::thread thread_;
};

}  // namespace

Addresses system_look_up(std::string const& host, std::uint16_t port) {
  addrinfo hints{};
  hints.ai_family = AF_UNSPEC;
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* list = nullptr;
  Addresses found;
  if (int const error = ::getaddrinfo(host.c_str(), nullptr, &hints, &list); error != 0) {
    found.failure = ::gai_strerror(error);
    return found;
  }
  for (auto const* entry = list; entry != nullptr; entry = entry->ai_next) {
    if (entry->ai_family != AF_INET && entry->ai_family != AF_INET6) continue;
    boost::asio::ip::tcp::endpoint endpoint;
    std::memcpy(endpoint.data(), entry->ai_addr, entry->ai_addrlen);
    endpoint.resize(entry->ai_addrlen);
    endpoint.port(port);
    found.endpoints.push_back(endpoint);
  }
  ::freeaddrinfo(list);
  if (found.endpoints.empty()) found.failure = "no address of a known family";
  return found;
}

std::unique_ptr<Resolver> make_resolver(LookUp look_up) {
  return std::make_unique<BackgroundResolver>(std::move(look_up));
}

std::unique_ptr<Resolver> make_resolver() {
  return make_resolver(LookUp{system_look_up});
}

}  // namespace tsg::upstream
