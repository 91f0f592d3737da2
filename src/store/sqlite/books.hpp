// The write transactions themselves, on the writer's connection and thread: holds and ledger, with budgets,
// claims and sums in parts of their own; documents, and the chain. No queue, no thread in here.
#pragma once
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "store/dispatch_map.hpp"
#include "store/levels.hpp"
#include "store/sqlite/claims.hpp"
#include "store/sqlite/db.hpp"
#include "store/sqlite/rollup.hpp"
#include "tsg/audit/chain.hpp"
#include "tsg/store/store.hpp"

namespace tsg::store {

class Books {
 public:
  // The last two: as in Claims.
  Books(Db& db, DispatchMap& dispatch, crypto::SecretKey record_key, std::int64_t answers_most,
        AnswerCounters& answers);

  audit::ChainHead const& head() const noexcept { return head_; }
  void set_head(audit::ChainHead const& head) { head_ = head; }

  Result<Admitted> admit(Admission const& a);
  Result<Hold> raise(Raise const& r);
  Result<> settle(Settlement const& s);
  // `more`: what the store says of rows that it wrote with the record (audit::append_record).
  void append(std::string_view record_fields, std::string_view more = {});
  Result<std::vector<std::int64_t>> change(Change const& c);
  void note_used(std::vector<KeyUse> const& uses);

  // The log has `size` records, and the next will have numbers that rows of ledger and documents know
  // already: from now on those rows name no record. What they cost stays in the sums.
  void give_up_records(std::int64_t size);
  // Seals what an older build left unsealed; once in the life of a database.
  void adopt(WallTime now);
  // A record for each document that is not its newest version: somebody has edited it, and its next change
  // would hide that. How many there are.
  std::int64_t tell_differing(WallTime now);
  // After an unclean end (BUD-6): dispatched holds are settled in full, as estimates; the others released.
  Recovery recover(WallTime now);
  // After a transaction that was undone, on new books: everything from rows again, while the requests whose
  // holds are open go on. False: the log does not end as it was committed.
  bool resume(audit::ChainHead const& committed);
  // Now and then, within a transaction: where the next recovery has to begin, sums, expired claims.
  void tidy(WallTime now);
  bool wants_tidying() const noexcept { return rollup_.full(); }
  bool keeps_claims() const noexcept { return !claims_.empty(); }

 private:
  struct Open {  // an admitted request
    std::int64_t time_ms = 0, markup_micro = 0;
    Nano hold;
    bool priced = false;  // the row has a hold
    RequestId request;
    std::string key_id, org, team, environment, model_requested;
    std::string claim_scope, claim_key;
    Party party() const noexcept;
  };
  struct Closing {  // how an open row is closed
    std::string_view provider, model, price_version, parts;
    std::optional<std::int64_t> cost;
    UsageSum sum;
    bool release = false, estimated = false;
  };
  struct OpenRow {
    std::int64_t id, time_ms, markup;
    std::optional<std::int64_t> hold;
    RequestId request;
    std::string key_id, org, team, environment, provider, model, model_requested;
  };
  std::vector<OpenRow> open_rows();
  static Open open_of(OpenRow const& row);
  Levels::Spent derive(BudgetRef const& ref);
  // What the record that goes with it says of the row; "" = the row was not open.
  std::string close(std::int64_t id, Open const& open, Closing const& c);
  void append_alerts(WallTime now);

  Db& db_;
  DispatchMap& dispatch_;
  crypto::SecretKey record_key_;
  audit::ChainHead head_;
  std::int64_t next_hold_ = 1;
  std::map<std::int64_t, Open> open_;
  Levels levels_;
  Claims claims_;
  Rollup rollup_;
  std::string bytes_;  // of the record being appended
  int room_;           // bytes a row gets ahead of its settlement

  Statement insert_hold_, raise_hold_, close_hold_, append_, find_doc_, put_doc_, put_version_, low_water_,
      find_alerts_, put_alert_, put_used_;
};

}  // namespace tsg::store
