// A client on an io_context that the test turns itself; every wait is bounded, so that a bug fails and does
// not hang.
#pragma once
#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <chrono>
#include <optional>
#include <string>
#include <utility>

#include "tsg/upstream/make.hpp"
#include "unit/upstream/fake_provider.hpp"
#include "upstream/resolver.hpp"

namespace tsg::upstream::test {

struct Answer {  // one exchange, read to its end
  int status = 0;
  std::string body;
  bool reused = false;
  std::optional<Error> error;  // of send() or of a read
  Stage stage = Stage::dial;
};

class ClientTest : public testing::Test {
 protected:
  ~ClientTest() override {
    client.reset();
    resolver->stop();
  }

  template <class T>
  Result<T> wait(Task<T> task) {
    std::optional<Result<T>> out;
    asio::co_spawn(io, std::move(task), [&out](std::exception_ptr e, Result<T> result) {
      if (e) std::rethrow_exception(e);
      out.emplace(std::move(result));
    });
    turn_until([&] { return out.has_value(); });
    if (!out) ADD_FAILURE() << "did not end in time";
    return out ? std::move(*out) : Result<T>{Error{Errc::internal}};
  }
  template <class Done>
  void turn_until(Done done) {
    io.restart();
    auto const limit = Steady::now() + std::chrono::seconds{20};
    while (!done() && Steady::now() < limit) io.run_one_for(std::chrono::seconds{1});
  }

  config::Url url(std::uint16_t port, std::string host = "127.0.0.1", bool tls = false) {
    config::Url u;
    u.tls = tls;
    u.host = std::move(host);
    u.port = port;
    return u;
  }
  Deadlines deadlines() const { return {Steady::now() + total, dial, first_byte, idle}; }
  Request request(config::Url const& to, std::string body = "{}") const {
    Request r;
    r.base = &to;
    r.ca_file = ca_file;
    r.path = "/v1/chat/completions";
    r.headers = headers;
    r.body = std::move(body);
    return r;
  }
  Result<std::unique_ptr<Exchange>> send(config::Url const& to, std::string body = "{}") {
    return wait(client->send(request(to, std::move(body)), deadlines(), progress, hold, slot()));
  }
  Answer ask(config::Url const& to, std::string body = "{}") {
    Answer answer;
    auto exchange = send(to, std::move(body));
    answer.stage = progress.stage;
    answer.reused = progress.reused;
    if (!exchange) {
      answer.error = exchange.error();
      return answer;
    }
    answer.status = (*exchange)->status();
    for (;;) {
      auto const n = wait((*exchange)->read_some(answer.body));
      if (!n) answer.error = n.error();
      if (!n || *n == 0) return answer;
    }
  }
  // A slot that is never given back: its end belongs to the store, which has no part here.
  static store::AuditSlot const& slot() {
    static auto const& none = *new store::AuditSlot;
    return none;
  }

  asio::io_context io{1};
  // Every name is this machine.
  std::unique_ptr<Resolver> resolver = make_resolver(LookUp{[](std::string const&, std::uint16_t port) {
    Addresses found;
    found.endpoints.emplace_back(asio::ip::address_v4::loopback(), port);
    return found;
  }});
  config::Timeouts timeouts = [] {
    config::Timeouts t;
    t.upstream_idle = std::chrono::hours{1};  // a busy machine must not make a pooled connection too old
    return t;
  }();
  std::unique_ptr<Client> client = make_client(io, *resolver, timeouts);
  Client::Progress progress;
  store::Hold hold;
  http::Headers headers;
  std::string ca_file;
  std::chrono::milliseconds total{60'000}, dial{10'000}, first_byte{30'000}, idle{30'000};
};

inline Error::Details details_of(Answer const& answer) {
  return answer.error && answer.error->peek() != nullptr ? *answer.error->peek() : Error::Details{};
}

}  // namespace tsg::upstream::test
