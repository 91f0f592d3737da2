// Queries, on a connection and thread of their own: a long one never waits for, or holds up, a commit.
#pragma once
#include <filesystem>
#include <optional>
#include <thread>

#include "store/queue.hpp"
#include "store/sqlite/db.hpp"
#include "tsg/store/store.hpp"

namespace tsg::store {

class Reader {
 public:
  Reader(std::filesystem::path file, std::string vfs) : file_{std::move(file)}, vfs_{std::move(vfs)} {}
  ~Reader() { stop(); }
  void start();
  void stop();
  Queue& queue() noexcept { return queue_; }

  // Called on the reader's thread by operations.
  Result<std::vector<Document>> documents(std::string const& kind, std::string const& after,
                                          std::size_t limit);
  Result<std::vector<Document>> versions(std::string const& kind, std::string const& id, std::int64_t before,
                                         std::size_t limit);
  Result<std::vector<KeyUse>> key_uses();
  Result<std::vector<AuditRow>> audit(AuditQuery const& query);
  // usage_reader.cpp: sums, each of one instant.
  Result<Totals> key_totals(std::string const& key_id, WallTime since);
  Result<std::vector<BudgetState>> budgets(std::vector<BudgetRef> const& levels);
  Result<std::vector<UsageRow>> usage(UsageQuery const& query);
  Result<LedgerPage> ledger(LedgerQuery const& query);

 private:
  void loop();
  Db& db();
  std::vector<AuditRow> find_request(AuditQuery const& query);
  static void collect(Statement& rows, AuditQuery const& query, std::size_t look_at,
                      std::vector<AuditRow>& out);
  std::int64_t seq_at(std::int64_t unix_ms);  // first record not older than that

  std::filesystem::path file_;
  std::string vfs_;
  Queue queue_;
  std::optional<Db> db_;
  std::thread thread_;
};

}  // namespace tsg::store
