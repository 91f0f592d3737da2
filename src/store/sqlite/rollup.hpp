// Sums of settled rows, kept by the writer: added up in memory as rows are settled, written to usage_quarter
// and usage_day now and then, in one of the writer's own transactions. What a crash takes from memory is
// found again by the audit sequence number of the settlements (`rolled_seq` in meta).
#pragma once
#include <string>
#include <unordered_map>
#include <vector>

#include "store/sqlite/db.hpp"
#include "store/sqlite/usage_columns.hpp"
#include "store/usage_span.hpp"
#include "tsg/store/store.hpp"

namespace tsg::store {

struct Settled {  // one row, as it was closed
  std::int64_t time_ms = 0;
  UsageNames names;
  UsageSum sum;
};

class Rollup {
 public:
  explicit Rollup(Db& db);

  void load();  // what was settled since the last flush
  void add(Settled const& row);
  // Settled cost of a level in its window. Never reads more of the ledger than two quarters of an hour.
  Nano spent(BudgetRef const& level);
  bool full() const noexcept { return pending_.size() >= kPendingMax; }
  // `next_seq`: sequence number the next audit record will have; `low_water`: no open hold has a lower id.
  void flush(std::int64_t next_seq, std::int64_t low_water);

 private:
  static constexpr std::size_t kPendingMax = 8192;
  struct Bucket {
    std::int64_t dim, at;
    bool operator==(Bucket const&) const = default;
  };
  struct BucketHash {
    std::size_t operator()(Bucket const& b) const noexcept {
      return std::hash<std::int64_t>{}(b.at / kQuarterMs * 1'048'573 + b.dim);
    }
  };
  struct Dim {
    std::string org, team, environment, key_id;
  };
  std::int64_t dim_of(UsageNames const& names);
  void write(Statement& into, Bucket const& bucket, UsageSum const& sum);

  Db& db_;
  std::unordered_map<std::string, std::int64_t> ids_;  // by all six names
  std::unordered_map<std::int64_t, Dim> dims_;
  std::unordered_map<Bucket, UsageSum, BucketHash> pending_;  // by quarter
  std::string name_;                                          // scratch
  Statement insert_dim_, add_quarter_, add_day_, mark_;
};

}  // namespace tsg::store
