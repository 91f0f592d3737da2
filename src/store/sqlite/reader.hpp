// Queries, on a connection and thread of their own: a long one never waits for, or holds up, a commit. There
// are three, so that what is asked often never waits for what takes long (open.cpp says which is whose).
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
  // `name`: of its thread, for operators; a literal.
  Reader(std::filesystem::path file, std::string vfs, char const* name)
      : file_{std::move(file)}, vfs_{std::move(vfs)}, name_{name} {}
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
  Result<AuditPage> audit(AuditQuery const& query);
  // usage_reader.cpp: sums, each of one instant.
  Result<Totals> key_totals(std::string const& key_id, WallTime since);
  Result<std::vector<BudgetState>> budgets(std::vector<BudgetRef> const& levels);
  Result<std::vector<UsageRow>> usage(UsageQuery const& query);
  Result<LedgerPage> ledger(LedgerQuery const& query);

 private:
  void loop();
  Db& db();
  std::vector<AuditRow> near(AuditQuery const& query);
  std::pair<std::int64_t, std::int64_t> range_of(AuditQuery const& query);
  static AuditRow row_at(Statement const& rows);  // of SELECT seq,bytes,hash
  std::int64_t seq_at(std::int64_t unix_ms);      // first record not older than that

  std::filesystem::path file_;
  std::string vfs_;
  char const* name_;
  Queue queue_;
  std::optional<Db> db_;
  std::thread thread_;
};

}  // namespace tsg::store
