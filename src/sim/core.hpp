// What all connections share: bill, request log, counters, the memory of flapping faults.
#pragma once
#include <atomic>
#include <deque>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>

#include "answer.hpp"
#include "ledger.hpp"

namespace tsg::sim {

struct Stats {
  std::atomic<std::int64_t> connections_open{0};
  std::atomic<std::uint64_t> connections_total{0}, requests{0}, aborted{0};
  std::atomic<std::int64_t> last_abort_delay_us{-1};  // from our last byte to noticing
  std::atomic<std::int64_t> last_abort_unix_us{0};    // when it was noticed
  std::atomic<std::int64_t> answers_open{0};          // being waited for, written or hung
};

/// The last requests as they came, for tests. Bounded in number and in bytes of each.
class RequestLog {
 public:
  static constexpr std::size_t kEntriesMax = 256;
  static constexpr std::size_t kBodyMax = 256 * 1024;
  void add(std::string_view method, std::string_view target, std::string_view head_lines,
           std::string_view body);
  std::string to_json(std::size_t last) const;
  void clear();

 private:
  struct Entry {
    std::uint64_t n = 0;
    std::string method, target, head, body;
    std::size_t body_bytes = 0;
  };
  mutable std::mutex mutex_;
  std::deque<Entry> entries_;
  std::uint64_t count_ = 0;
};

/// Counts calls per key, for faults that depend on what came before.
class FaultMemory {
 public:
  std::uint64_t next(std::string const& key);
  void clear();

 private:
  static constexpr std::size_t kKeysMax = 100'000;
  std::mutex mutex_;
  std::unordered_map<std::string, std::uint64_t> counts_;
};

struct Core {
  Settings settings;
  PriceList prices = PriceList::built_in();
  Ledger ledger;
  RequestLog log;
  FaultMemory memory;
  Stats stats;
  std::atomic<std::uint64_t> calls{0};
};

struct ControlAnswer {
  int status = 200;
  std::string body;
  std::string content_type = "application/json";
};

/// Everything under /_sim/.
ControlAnswer control(Core& core, std::string_view method, std::string_view target);

/// The answer of this turn: for flapping faults the failure on their bad turns.
std::shared_ptr<Prepared const> turn_of(Core& core, std::shared_ptr<Prepared const> prepared);

}  // namespace tsg::sim
