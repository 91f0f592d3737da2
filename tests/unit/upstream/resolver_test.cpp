#include "upstream/resolver.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <thread>

namespace tsg::upstream {
namespace {

// The resolver has no call that waits, on purpose: the test asks until there is an answer.
std::shared_ptr<Addresses const> ask_until_known(Resolver& resolver, std::string_view host,
                                                 std::uint16_t port) {
  auto const limit = Steady::now() + std::chrono::seconds{20};
  for (;;) {
    auto found = resolver.find(host, port);
    if (found || Steady::now() > limit) return found;
    std::this_thread::yield();
  }
}

TEST(Resolver, KnowsLocalhost) {
  auto const resolver = make_resolver();
  auto const found = ask_until_known(*resolver, "localhost", 8443);
  ASSERT_TRUE(found);
  ASSERT_FALSE(found->endpoints.empty()) << found->failure;
  for (auto const& endpoint : found->endpoints) {
    EXPECT_TRUE(endpoint.address().is_loopback());
    EXPECT_EQ(endpoint.port(), 8443);
  }
}

TEST(Resolver, HostsGivenAtStartAreLookedUpBeforeAnybodyAsks) {
  std::promise<std::string> asked;
  auto const resolver = make_resolver(LookUp{[&](std::string const& host, std::uint16_t) {
    asked.set_value(host);
    return Addresses{};
  }});
  resolver->set_hosts({{"127.0.0.1", 1}, {"::1", 1}, {"a.test", 443}});  // literals need no look-up
  EXPECT_EQ(asked.get_future().get(), "a.test");
  resolver->stop();
}

TEST(Resolver, AFailureIsTold) {
  auto const resolver = make_resolver(LookUp{[](std::string const&, std::uint16_t) {
    Addresses none;
    none.failure = "no such name";
    return none;
  }});
  auto const found = ask_until_known(*resolver, "a.test", 443);
  ASSERT_TRUE(found);
  EXPECT_TRUE(found->endpoints.empty());
  EXPECT_EQ(found->failure, "no such name");
}

// getaddrinfo may hang for its full time-out; shutting down must not.
TEST(Resolver, StopsWhileALookUpHangs) {
  struct Gate {
    std::promise<void> entered, open, left;
  };
  auto const gate = std::make_shared<Gate>();
  auto resolver = make_resolver(LookUp{[gate](std::string const&, std::uint16_t) {
    gate->entered.set_value();
    gate->open.get_future().wait();
    gate->left.set_value();
    return Addresses{};
  }});
  EXPECT_EQ(resolver->find("a.test", 443), nullptr);
  gate->entered.get_future().wait();
  resolver.reset();
  gate->open.set_value();
  gate->left.get_future().wait();
}

}  // namespace
}  // namespace tsg::upstream
