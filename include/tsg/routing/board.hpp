// Health as all workers share it. An endpoint is found once per attempt and then written under its own lock;
// ranking reads four atomics and takes none. README.md says why this and not a copy per worker.
#pragma once
#include <atomic>
#include <map>
#include <memory>
#include <mutex>
#include <shared_mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "tsg/routing/checks.hpp"
#include "tsg/routing/health.hpp"
#include "tsg/routing/retry.hpp"

namespace tsg::routing {

class Endpoint {
 public:
  // `checks`: of its provider and credential; outlives it.
  Endpoint(std::string provider, std::string model, std::string credential, HealthRules rules,
           Checks const& checks)
      : provider_{std::move(provider)},
        model_{std::move(model)},
        credential_{std::move(credential)},
        checks_{checks},
        health_{rules} {}

  View view(SteadyTime now) const noexcept;

  struct Permit {
    bool granted = true;  // false: half open, and the probes are taken
    bool probe = false;
  };
  // Before the first byte is sent. `insist`: there is nobody else, so it is asked whatever its health.
  Permit begin(SteadyTime now, bool insist) noexcept;
  // Exactly once per granted permit. `ttfb`: of a success.
  void end(Permit permit, Mark mark, std::optional<std::chrono::milliseconds> retry_after,
           std::optional<std::chrono::microseconds> ttfb, SteadyTime now) noexcept;
  // A health check of the provider under this credential got through.
  void checked(bool failed_before, SteadyTime now) noexcept;
  // What the provider's headers say is left of its limit, in thousandths.
  void set_remaining(std::int64_t permille) noexcept {
    remaining_.store(permille, std::memory_order_relaxed);
  }

  std::string const& provider() const noexcept { return provider_; }
  std::string const& model() const noexcept { return model_; }
  std::string const& credential() const noexcept { return credential_; }
  struct Totals {
    std::int64_t good = 0, bad = 0, throttled = 0, refused = 0, ejections = 0;
  };
  Totals totals() const;

 private:
  void publish(SteadyTime now) noexcept;

  std::string const provider_, model_, credential_;
  Checks const& checks_;
  mutable std::mutex mutex_;
  Health health_;
  Totals totals_;
  // Read without the lock. `ill_until_`: steady nanoseconds; 0 = usable.
  std::atomic<std::int64_t> ill_until_{0};
  std::atomic<bool> cooling_{false}, probe_free_{false};
  std::atomic<std::int64_t> ttfb_us_{0}, in_flight_{0}, remaining_{1000};
};

class Board {
 public:
  explicit Board(HealthRules rules = {}) : rules_{rules} {}
  // Models that no catalogue lists share one endpoint beyond `names_max`: clients may pin any name.
  static constexpr std::size_t names_max = 8'192;
  Endpoint& endpoint(std::string_view provider, std::string_view model, std::string_view credential);
  RetryBudget& retries(std::string_view provider);
  // What health checks say of a provider under a credential. While they fail, all its models count as open.
  Checks& checks(std::string_view provider, std::string_view credential);
  // Notes one, and closes what it has shown to be well again.
  Checks::Noted checked(std::string_view provider, std::string_view credential, Check const& check,
                        SteadyTime next, SteadyTime now, WallTime at);
  std::vector<Endpoint const*> all() const;  // in no order

 private:
  struct Name {
    std::string_view provider, model, credential;
    friend bool operator==(Name const&, Name const&) = default;
  };
  struct Hash {
    std::size_t operator()(Name const& name) const noexcept;
  };
  Checks& checks_of(std::string_view provider, std::string_view credential);  // under the exclusive lock

  HealthRules rules_;
  mutable std::shared_mutex mutex_;
  std::map<std::pair<std::string, std::string>, std::unique_ptr<Checks>> checks_;  // endpoints point into it
  std::unordered_map<Name, std::unique_ptr<Endpoint>, Hash> endpoints_;  // names are the endpoint's own
  std::map<std::string, std::unique_ptr<RetryBudget>, std::less<>> retries_;
};

}  // namespace tsg::routing
