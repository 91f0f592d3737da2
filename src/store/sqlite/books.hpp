// The write transactions themselves, on the writer's connection and thread: holds, ledger, budgets, claims,
// documents, and the chain. No queue, no thread in here.
#pragma once
#include <map>
#include <string>
#include <unordered_map>
#include <vector>

#include "store/dispatch_map.hpp"
#include "store/sqlite/db.hpp"
#include "tsg/audit/chain.hpp"
#include "tsg/store/store.hpp"

namespace tsg::store {

class Books {
 public:
  Books(Db& db, DispatchMap& dispatch);

  audit::ChainHead const& head() const noexcept { return head_; }
  void set_head(audit::ChainHead const& head) { head_ = head; }

  Result<Admitted> admit(Admission const& a);
  Result<> settle(Settlement const& s);
  void append(std::string_view record_fields);
  Result<std::vector<std::int64_t>> change(Change const& c);

  // After an unclean end (BUD-6): dispatched holds are settled in full, as estimates; the others released.
  Recovery recover(WallTime now);
  void note_low_water();  // where the next recovery has to begin

 private:
  struct Level {  // one budget in its window
    std::int64_t start_ms = 0, end_ms = 0;
    Nano settled, held;
  };
  struct Open {  // an admitted request
    std::int64_t time_ms = 0;
    Nano hold;
    std::string key_id, org, team, environment;
    std::string claim_scope, claim_key;
  };
  Level& level(BudgetRef const& ref);
  template <class F>
  void each_level(Open const& open, F fn);
  std::optional<Error> claim(Admission const& a, Admitted& out);

  Db& db_;
  DispatchMap& dispatch_;
  audit::ChainHead head_;
  std::int64_t next_hold_ = 1;
  std::map<std::int64_t, Open> open_;
  std::unordered_map<std::string, Level> levels_;  // only those that a budget has asked for
  std::string bytes_;                              // of the record being appended

  Statement insert_hold_, close_hold_, append_, find_claim_, insert_claim_, finish_claim_, drop_claim_,
      drop_own_claim_, find_doc_, put_doc_, put_version_, low_water_;
};

}  // namespace tsg::store
