// A store in a folder of its own, and short words for what a request does to it.
#pragma once
#include <gtest/gtest.h>

#include <array>
#include <nlohmann/json.hpp>

#include "support/run.hpp"
#include "support/temp_dir.hpp"
#include "tsg/core/clock.hpp"
#include "tsg/store/open.hpp"
#include "tsg/store/verify.hpp"

namespace tsg::store {

struct FixedClock final : Clock {
  SteadyTime steady() const noexcept override { return {}; }
  WallTime wall() const noexcept override { return {1'795'000'000'000'000'000}; }
};
inline FixedClock const fixed_clock;
constexpr std::int64_t kNowMs = 1'795'000'000'000;

inline crypto::SecretKey master_key(std::uint8_t byte = 7) {
  std::array<std::uint8_t, 32> bytes;
  bytes.fill(byte);
  return crypto::SecretKey{bytes};
}

inline std::string fields(std::string const& detail) {
  audit::Record r;
  r.time = fixed_clock.wall();
  r.detail = detail;
  std::string out;
  audit::append_fields(out, r);
  return out;
}

inline Result<std::unique_ptr<Store>> open_in(std::filesystem::path const& dir, bool durable = false,
                                              std::uint8_t key = 7, std::string vfs = {}) {
  SqliteOptions o;
  o.data_dir = dir;
  o.durable = durable;
  o.software = "test";
  o.vfs = std::move(vfs);
  o.audit_slots = 200;
  return open_sqlite(o, master_key(key), fixed_clock);
}

inline RequestId request_id(std::uint8_t n) {
  std::array<std::uint8_t, 16> bytes{};
  auto ms = static_cast<std::uint64_t>(kNowMs);
  for (int i = 5; i >= 0; --i, ms >>= 8) bytes[static_cast<std::size_t>(i)] = static_cast<std::uint8_t>(ms);
  bytes[6] = 0x70;
  bytes[8] = 0x80;
  bytes[15] = n;
  return RequestId{bytes};
}

inline Admission admission(std::int64_t hold, std::uint8_t n = 1) {
  Admission a;
  a.request_id = request_id(n);
  a.time = fixed_clock.wall();
  a.key_id = "key_1";
  a.org = "acme";
  a.team = "search";
  a.environment = "prod";
  a.provider = "openai";
  a.model = "gpt-4o";
  a.hold = Nano{hold};
  return a;
}

inline Settlement settlement(Hold const& hold, std::int64_t cost, std::string const& detail = "done") {
  Settlement s;
  s.hold_id = hold.id();
  s.cost = Nano{cost};
  s.provider = "openai";
  s.model = "gpt-4o";
  s.parts.emplace_back("input", 10, Nano{cost});
  s.parts.emplace_back("output", 5, Nano{});
  s.record_fields = fields(detail);
  return s;
}

inline BudgetRef budget(std::string scope, std::string id, std::int64_t limit, std::string environment = {}) {
  BudgetRef b;
  b.scope = std::move(scope);
  b.scope_id = std::move(id);
  b.environment = std::move(environment);
  b.window_start_ms = kNowMs - 1000;
  b.window_end_ms = kNowMs + 1000;
  b.limit = Nano{limit};
  return b;
}

class StoreTest : public ::testing::Test {
 protected:
  StoreTest() { reopen(); }

  void reopen(bool durable = false) {
    store.reset();
    auto opened = open_in(dir.path(), durable);
    if (!opened) throw std::runtime_error{std::string{opened.error().message()}};
    store = std::move(*opened);
  }
  Admitted admit(Admission a) { return test::run(store->admit(slot, std::move(a))).value(); }
  Result<> settle(Settlement s) { return test::run(store->settle(slot, std::move(s))); }
  Result<> append(std::string const& detail) { return test::run(store->append(fields(detail))); }
  std::vector<AuditRow> records(AuditQuery q = {}) {  // newest first
    if (q.limit == 50) q.limit = 100'000;
    return test::run(store->audit(std::move(q))).value().rows;
  }
  Totals totals() { return test::run(store->key_totals("key_1", WallTime{})).value(); }
  std::string detail(AuditRow const& row) { return nlohmann::json::parse(row.bytes).value("detail", ""); }

  test::TempDir dir;
  AuditSlot slot;  // the SQLite store does not look at it
  std::unique_ptr<Store> store;
};

}  // namespace tsg::store
