// A row that grew when it was settled split its page: three pages were written for one, and each stayed half
// empty.
#include <deque>

#include "store/sqlite/db.hpp"
#include "store_fixture.hpp"

namespace tsg::store {
namespace {

TEST_F(StoreTest, settlementsFitWhereTheirHoldsLie) {
  std::deque<Hold> open;
  auto const close_oldest = [&] {
    auto s = settlement(open.front(), 400'000);
    s.price_version = "2026-10-01.1+discount/org/acme";
    s.parts.emplace_back("cached_input", 1'234, Nano{98'765});
    ASSERT_TRUE(settle(std::move(s)));
    open.pop_front();
  };
  for (int i = 0; i < 600; ++i) {
    open.push_back(admit(admission(1'000'000)).hold);
    if (open.size() > 64) close_oldest();
  }
  while (!open.empty()) close_oldest();
  store->close();
  Db db{dir.path() / "tsg.db", SQLITE_OPEN_READWRITE};
  Statement pages{db, "SELECT sum(pgsize),sum(unused) FROM dbstat WHERE name='ledger' AND pagetype='leaf'"};
  ASSERT_TRUE(pages.step());
  EXPECT_LT(100 * pages.integer(1) / pages.integer(0), 15)
      << "percent of " << pages.integer(0) << " bytes unused";
}

}  // namespace
}  // namespace tsg::store
