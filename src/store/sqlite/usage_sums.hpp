// Everything that was settled in a time, as the roll-ups and the newest rows of the ledger tell together.
#pragma once
#include <functional>
#include <string_view>

#include "store/levels.hpp"
#include "store/sqlite/db.hpp"
#include "store/sqlite/usage_columns.hpp"
#include "store/usage_span.hpp"

namespace tsg::store {

// A read transaction: what is read within is of one instant, while the writer goes on.
class Snapshot {
 public:
  explicit Snapshot(Db& db) : db_{db} { db_.exec("BEGIN"); }
  ~Snapshot();
  Snapshot(Snapshot const&) = delete;
  Snapshot& operator=(Snapshot const&) = delete;

 private:
  Db& db_;
};

// `wanted` picks who and what; `add` gets sums by UTC day (`daily`), or of any grain.
using Wanted = std::function<bool(UsageNames const&)>;
using Add = std::function<void(std::int64_t day_ms, UsageNames const&, UsageSum const&)>;
void each_sum(Db& db, Span time, bool daily, Wanted const& wanted, Add const& add);

// Holds that are open, all of them newer than the low water mark.
void each_open(Db& db, std::function<void(Party const&, Nano hold)> const& fn);

}  // namespace tsg::store
