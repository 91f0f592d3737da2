// The bill the provider would send: every call that was begun, with the tokens really produced.
#pragma once
#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "api.hpp"
#include "prices.hpp"

namespace tsg::sim {

struct Charge {
  Api const* api = nullptr;
  std::uint64_t call = 0;  // the number inside the request id
  std::string_view model;
  Usage usage;
  std::optional<std::int64_t> cost_nano_usd;
  bool complete = false;
};

/// Compact (about 80 bytes a call); beyond `calls_max` only totals grow, and the answer says so.
class Ledger {
 public:
  explicit Ledger(std::size_t calls_max = 2'000'000) : calls_max_(calls_max) {}

  void add(Charge const& charge);
  void reset();
  std::string to_json() const;
  std::uint64_t calls() const;
  Int128 total_nano_usd() const;

 private:
  struct Row {
    Api const* api;
    std::uint64_t call;
    std::uint32_t model;
    bool complete;
    bool priced;
    std::int64_t cost_nano_usd;
    std::int64_t input, cached, cache_write, output, reasoning;
    std::uint32_t searches;
  };
  std::uint32_t intern(std::string_view model);
  std::string row_json(std::size_t index) const;

  std::size_t calls_max_;
  mutable std::mutex mutex_;
  std::vector<Row> rows_;
  std::vector<std::string> models_;
  std::unordered_map<std::string, std::uint32_t> model_index_;
  std::uint64_t dropped_ = 0;
  std::uint64_t unpriced_ = 0;
  Int128 total_ = 0;
};

/// "req_sim" + 12 hex digits: what the response header says, too.
std::string request_id(std::uint64_t call);
std::string hex12(std::uint64_t call);

}  // namespace tsg::sim
