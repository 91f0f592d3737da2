// Prometheus series with bounded labels (OBS-19): routes and providers from tables and configuration, never
// text of a client. Thread-safe.
#pragma once
#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "tsg/catalog/usage.hpp"

namespace prometheus {
class Registry;
}

namespace tsg::pipeline {

class Metrics {
 public:
  Metrics();
  ~Metrics();
  void request_done(std::string_view route, std::string_view provider, int status,
                    std::chrono::microseconds total);
  void tokens(std::string_view provider, catalog::Usage const& usage, std::int64_t cost_nano);
  void upstream_attempt(std::string_view provider, std::string_view outcome);
  void unauthorized_counted(std::uint64_t n);
  void requests_summed(std::uint64_t n);
  void admin_unauthorized();
  void stream_aborted();
  void inflight(int delta);
  std::int64_t inflight_now() const noexcept;
  std::string text() const;  // exposition format 0.0.4

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace tsg::pipeline
