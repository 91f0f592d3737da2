#include "tsg/pipeline/health_checks.hpp"

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <random>

#include "tsg/core/log.hpp"
#include "tsg/providers/adapter.hpp"

namespace tsg::pipeline {
namespace {

using ms = std::chrono::milliseconds;
using routing::Check;
using Timer = boost::asio::basic_waitable_timer<Steady, boost::asio::wait_traits<Steady>, Executor>;

constexpr std::size_t answer_max = 1 << 20;  // a list of models; a longer one costs its connection
constexpr ms look_around{1'000};             // at least so often: configuration and stored keys may change

std::string why_of(Error const& error) {
  auto const* d = error.peek();
  return d != nullptr && !d->log.empty() ? d->log : std::string{to_string(error.code())};
}

}  // namespace

struct HealthChecks::Target {
  Target(config::Provider p, ProviderCredential c, SteadyTime first)
      : provider{std::move(p)}, credential{std::move(c)}, due{first} {}
  config::Provider provider;  // a copy: a reload may come while it is asked
  ProviderCredential credential;
  SteadyTime due;
  bool running = false, gone = false;
  upstream::Client::Progress progress;
};

struct HealthChecks::Pause {
  explicit Pause(Executor executor) : timer{executor} {}
  Timer timer;
};

std::chrono::milliseconds check_pause(ms interval, bool first, routing::Random& random) noexcept {
  auto const quarter = interval.count() / 4;
  auto const drawn = [&](std::int64_t most) {
    return static_cast<std::int64_t>(random.below(static_cast<std::uint64_t>(most) + 1));
  };
  return first ? ms{drawn(quarter)} : ms{interval.count() - quarter + drawn(2 * quarter)};
}

Check::Result check_result(int status) noexcept {
  if (status == 401 || status == 403) return Check::Result::refused;
  return status > 0 && status < 500 ? Check::Result::alive : Check::Result::failed;
}

void HealthChecks::start() {
  random_ = routing::Random{std::random_device{}()};
  boost::asio::co_spawn(
      executor_, [self = shared_from_this()]() -> Awaitable<> { co_await self->run(); },
      boost::asio::detached);
}

void HealthChecks::stop() {
  boost::asio::post(executor_, [self = shared_from_this()] {
    self->stopped_ = true;
    self->wake();
    for (auto& [name, target] : self->targets_)
      if (target->running) self->client_.abort(target->progress);
  });
}

Awaitable<> HealthChecks::run() {
  Pause pause{executor_};
  while (!stopped_) {
    auto const now = services_.clock.steady();
    follow_configuration(now);
    woken_ = false;
    pause.timer.expires_at(std::min(start_due(now), now + look_around));
    if (woken_) continue;  // one has ended already, and is due again nobody knows when
    pause_ = &pause;
    (void)co_await pause.timer.async_wait(use_tuple);
    pause_ = nullptr;
  }
}

void HealthChecks::wake() {
  woken_ = true;
  if (pause_ != nullptr) pause_->timer.cancel();
}

// Targets as they are configured now. What is no longer checked says nothing any more.
void HealthChecks::follow_configuration(SteadyTime now) {
  auto const runtime = services_.runtime.load();
  auto const stored = services_.stored_credentials.load();
  Targets fresh;
  auto const want = [&](config::Provider const& provider, ProviderCredential const& credential) {
    std::pair const name{provider.id, credential.place};
    if (fresh.contains(name)) return;  // a stored one replaces the configured one of its place
    auto const known = targets_.find(name);
    if (known == targets_.end()) {
      auto const first = check_pause(provider.health_check->interval, true, random_);
      fresh.emplace(name, std::make_shared<Target>(provider, credential, now + first));
      return;
    }
    auto& target = *known->second;
    if (!target.running) {
      auto const sooner = provider.health_check->interval < target.provider.health_check->interval;
      if (sooner) target.due = std::min(target.due, now + provider.health_check->interval);
      target.provider = provider;
      target.credential = credential;
    }
    fresh.emplace(name, known->second);
  };
  for (auto const& provider : runtime->config.providers) {
    if (!provider.health_check) continue;
    for (auto const* all : {stored.get(), &runtime->credentials})
      if (auto const it = all->find(provider.id); it != all->end())
        for (auto const& credential : it->second) want(provider, credential);
  }
  for (auto const& [name, target] : targets_) {
    if (fresh.contains(name)) continue;
    target->gone = true;
    services_.board.checks(name.first, name.second).forget();
  }
  targets_ = std::move(fresh);
}

// Each on its own: one that hangs delays nobody. Returns when the next one is due.
SteadyTime HealthChecks::start_due(SteadyTime now) {
  auto next = SteadyTime::max();
  for (auto& [name, target] : targets_) {
    if (target->running) continue;
    if (target->due > now) {
      next = std::min(next, target->due);
      continue;
    }
    target->running = true;
    boost::asio::co_spawn(
        executor_, [self = shared_from_this(), one = target]() -> Awaitable<> { co_await self->check(one); },
        boost::asio::detached);
  }
  return next;
}

Awaitable<> HealthChecks::check(std::shared_ptr<Target> target) {
  auto const& provider = target->provider;
  auto const& rules = *provider.health_check;
  auto const& adapter = provider.dialect->adapter();
  Check seen;
  auto asked = adapter.health_check();
  upstream::Request request;
  request.base = &provider.base_url;
  request.ca_file = provider.ca_file.native();
  request.path = rules.path.empty() ? provider.base_url.path + asked.path : rules.path;
  request.headers = std::move(asked.headers);
  adapter.authorize(request.headers, target->credential.key);
  auto const started = services_.clock.steady();
  upstream::Deadlines const deadlines{started + rules.timeout, rules.timeout, rules.timeout, rules.timeout};
  auto answer = co_await client_.get(std::move(request), deadlines, target->progress);
  if (answer) {
    seen.status = (*answer)->status();
    std::string body;  // read, so that the connection can be used again
    while (body.size() < answer_max) {
      auto const n = co_await (*answer)->read_some(body);
      if (!n) {
        seen.why = why_of(n.error());
        seen.status = 0;  // cut off, or too slow: not what a provider that is well does
      }
      if (!n || *n == 0) break;
    }
    if (seen.status >= 500) seen.why = "answered " + std::to_string(seen.status);
  } else {
    seen.why = why_of(answer.error());
  }
  seen.took = std::chrono::duration_cast<std::chrono::microseconds>(services_.clock.steady() - started);
  seen.result = check_result(seen.status);
  target->running = false;
  if (stopped_ || target->gone) co_return;
  tell(*target, seen);
  wake();  // it may be due again before whatever is waited for
}

void HealthChecks::tell(Target& target, Check const& check) {
  auto const now = services_.clock.steady();
  target.due = now + check_pause(target.provider.health_check->interval, false, random_);
  auto const& provider = target.provider.id;
  auto const& credential = target.credential.place;
  auto const noted =
      services_.board.checked(provider, credential, check, target.due, now, services_.clock.wall());
  if (!noted.changed) return;
  switch (noted.state) {
    case routing::Checks::State::down:
      log::warn("health check: {} is down under credential {}: {}", {provider, credential, check.why});
      break;
    case routing::Checks::State::refused:
      log::warn("health check: {} refuses credential {} with {}; requests decide whether it is used",
                {provider, credential, check.status});
      break;
    default:
      log::info("health check: {} is up under credential {}", {provider, credential});
  }
}

}  // namespace tsg::pipeline
