#include "store/sqlite/ledger_range.hpp"

#include <algorithm>

namespace tsg::store {
namespace {

// A row's time is the start of its request, its id that of its admission: later by reading the body at most.
// The rest is for clocks that step back.
constexpr std::int64_t kSlackMs = 3'600'000;

}  // namespace

std::int64_t first_id_since(Db& db, std::int64_t ms) {
  std::int64_t low = 0, high = db.integer("SELECT coalesce(max(id)+1,0) FROM ledger");
  Statement at{db, "SELECT time_ms FROM ledger WHERE id>=? ORDER BY id LIMIT 1"};
  while (low < high) {
    auto const middle = low + (high - low) / 2;
    at.bind(middle);
    bool const before = at.step() && at.integer(0) < ms - kSlackMs;
    at.reset();
    if (before)
      low = middle + 1;
    else
      high = middle;
  }
  return low;
}

std::int64_t id_after(Db& db, std::int64_t ms) {
  return first_id_since(db, std::min(ms, INT64_MAX - 3 * kSlackMs) + 2 * kSlackMs);
}

}  // namespace tsg::store
