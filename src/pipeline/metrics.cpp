#include "tsg/pipeline/metrics.hpp"

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

#include <array>
#include <atomic>
#include <map>
#include <memory_resource>
#include <mutex>
#include <shared_mutex>

namespace tsg::pipeline {
namespace {

using prometheus::Counter;
using prometheus::Histogram;

// Buckets: the standard's ×2 ladder would end at 82 s; models think longer (OBS-7).
Histogram::BucketBoundaries duration_buckets() {
  return {0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30, 60, 120, 300, 600, 1200};
}

std::string status_class(int status) {
  return status == 499 ? "client_gone" : std::string(1, static_cast<char>('0' + status / 100)) + "xx";
}

}  // namespace

// The name of a series in a cache; ordinary ones are put together on the stack.
class SeriesKey {
 public:
  SeriesKey() { text.reserve(kRoom - 1); }

 private:
  static constexpr std::size_t kRoom = 192;
  std::array<std::byte, kRoom> room_;
  std::pmr::monotonic_buffer_resource memory_{room_.data(), room_.size()};

 public:
  std::pmr::string text{&memory_};
};

struct Metrics::Impl {
  // Families look labels up under a lock; what was looked up once is kept here under a cheaper one.
  template <class Metric, class Make>
  Metric& cached(std::map<std::string, Metric*, std::less<>>& map, std::string_view key, Make make) {
    {
      std::shared_lock lock{mutex};
      auto const it = map.find(key);
      if (it != map.end()) return *it->second;
    }
    std::unique_lock lock{mutex};
    auto const it = map.find(key);
    if (it != map.end()) return *it->second;
    Metric& made = make();
    map.emplace(std::string{key}, &made);
    return made;
  }

  prometheus::Registry registry;
  prometheus::Family<Counter>& requests = prometheus::BuildCounter()
                                              .Name("tsg_requests_total")
                                              .Help("Requests answered, by route, provider and status class")
                                              .Register(registry);
  prometheus::Family<Histogram>& durations = prometheus::BuildHistogram()
                                                 .Name("tsg_request_duration_seconds")
                                                 .Help("First byte of the head to the end of the answer")
                                                 .Register(registry);
  prometheus::Family<Counter>& token_family = prometheus::BuildCounter()
                                                  .Name("tsg_tokens_total")
                                                  .Help("Tokens settled, by provider and type")
                                                  .Register(registry);
  prometheus::Family<Counter>& cost_family = prometheus::BuildCounter()
                                                 .Name("tsg_cost_nanousd_total")
                                                 .Help("Cost settled, in nano-USD")
                                                 .Register(registry);
  prometheus::Family<Counter>& attempts = prometheus::BuildCounter()
                                              .Name("tsg_upstream_attempts_total")
                                              .Help("Attempts at providers, by outcome")
                                              .Register(registry);
  Counter& counted = prometheus::BuildCounter()
                         .Name("tsg_unauthorized_counted_total")
                         .Help("401s that share a counted record")
                         .Register(registry)
                         .Add({});
  Counter& summed = prometheus::BuildCounter()
                        .Name("tsg_requests_summed_total")
                        .Help("Refusals and reads of keys beyond their rates, which share a counted record")
                        .Register(registry)
                        .Add({});
  Counter& admin_refused = prometheus::BuildCounter()
                               .Name("tsg_admin_unauthorized_total")
                               .Help("Admin requests without a valid token")
                               .Register(registry)
                               .Add({});
  Counter& aborted = prometheus::BuildCounter()
                         .Name("tsg_stream_client_abort_total")
                         .Help("Streams whose client left")
                         .Register(registry)
                         .Add({});
  prometheus::Gauge& inflight_gauge = prometheus::BuildGauge()
                                          .Name("tsg_inflight_requests")
                                          .Help("Requests being served")
                                          .Register(registry)
                                          .Add({});

  std::shared_mutex mutex;
  std::map<std::string, Counter*, std::less<>> request_cache, token_cache, attempt_cache;
  std::map<std::string, Histogram*, std::less<>> duration_cache;
  std::atomic<std::int64_t> inflight{0};
};

Metrics::Metrics() : impl_{std::make_unique<Impl>()} {}
Metrics::~Metrics() = default;

void Metrics::request_done(std::string_view route, std::string_view provider, int status,
                           std::chrono::microseconds total) {
  auto& m = *impl_;
  SeriesKey series;
  auto& key = series.text;
  key += route;
  key += '|';
  key += provider;
  auto const histogram_key = key.size();
  key += '|';
  key += static_cast<char>('0' + status / 100);
  if (status == 499) key += 'g';
  m.cached(m.request_cache, key, [&]() -> Counter& {
     return m.requests.Add({{"route", std::string{route}},
                            {"provider", std::string{provider}},
                            {"status", status_class(status)}});
   }).Increment();
  if (total.count() == 0) return;
  m.cached(m.duration_cache, std::string_view{key}.substr(0, histogram_key), [&]() -> Histogram& {
     return m.durations.Add({{"route", std::string{route}}, {"provider", std::string{provider}}},
                            duration_buckets());
   }).Observe(static_cast<double>(total.count()) / 1e6);
}

void Metrics::tokens(std::string_view provider, catalog::Usage const& usage, std::int64_t cost_nano) {
  auto& m = *impl_;
  auto const add = [&](char const* type, std::int64_t n) {
    if (n <= 0) return;
    SeriesKey series;
    auto& key = series.text;
    key += provider;
    key += '|';
    key += type;
    m.cached(m.token_cache, key, [&]() -> Counter& {
       return m.token_family.Add({{"provider", std::string{provider}}, {"type", type}});
     }).Increment(static_cast<double>(n));
  };
  add("input", usage.input_billed());
  add("output", usage.output_billed());
  if (cost_nano > 0) {
    SeriesKey series;
    auto& key = series.text;
    key += provider;
    key += "|$";
    m.cached(m.token_cache, key, [&]() -> Counter& {
       return m.cost_family.Add({{"provider", std::string{provider}}});
     }).Increment(static_cast<double>(cost_nano));
  }
}

void Metrics::upstream_attempt(std::string_view provider, std::string_view outcome) {
  auto& m = *impl_;
  SeriesKey series;
  auto& key = series.text;
  key += provider;
  key += '|';
  key += outcome;
  m.cached(m.attempt_cache, key, [&]() -> Counter& {
     return m.attempts.Add({{"provider", std::string{provider}}, {"outcome", std::string{outcome}}});
   }).Increment();
}

void Metrics::unauthorized_counted(std::uint64_t n) {
  impl_->counted.Increment(static_cast<double>(n));
}
void Metrics::requests_summed(std::uint64_t n) {
  impl_->summed.Increment(static_cast<double>(n));
}
void Metrics::admin_unauthorized() {
  impl_->admin_refused.Increment();
}
void Metrics::stream_aborted() {
  impl_->aborted.Increment();
}
void Metrics::inflight(int delta) {
  impl_->inflight.fetch_add(delta, std::memory_order_relaxed);
}
std::int64_t Metrics::inflight_now() const noexcept {
  return impl_->inflight.load(std::memory_order_relaxed);
}

std::string Metrics::text() const {
  impl_->inflight_gauge.Set(static_cast<double>(inflight_now()));
  return prometheus::TextSerializer{}.Serialize(impl_->registry.Collect());
}

}  // namespace tsg::pipeline
