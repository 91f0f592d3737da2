// The write transactions themselves, on the writer's connection and thread: holds and ledger, with budgets,
// claims and sums in parts of their own; documents, and the chain. No queue, no thread in here.
#pragma once
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "store/dispatch_map.hpp"
#include "store/levels.hpp"
#include "store/row_state.hpp"
#include "store/sqlite/claims.hpp"
#include "store/sqlite/db.hpp"
#include "store/sqlite/rollup.hpp"
#include "tsg/audit/chain.hpp"
#include "tsg/store/store.hpp"

namespace tsg::store {

RowState::Mac use_mac(RowState const& rows, std::string_view key_id, std::int64_t at_ms);  // row of key_used

class Books {
 public:
  // The last two: as in Claims.
  Books(Db& db, DispatchMap& dispatch, crypto::SecretKey record_key, std::int64_t answers_most,
        AnswerCounters& answers);

  audit::ChainHead const& head() const noexcept { return head_; }
  void set_head(audit::ChainHead const& head) { head_ = head; }

  Result<Admitted> admit(Admission const& a);
  Result<Hold> raise(Raise const& r);
  Result<> settle(Settlement const& s, Digest const& answer_sha256 = {});  // of the sealed answer, if any
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
  // Open holds, claims, times of use and `meta` against the state that was left in `meta` with the log's end
  // `log`: what differs, in words; "" = nothing. Once, on new books, before anything is written.
  // `log_is_whole`: nothing else is known to be missing. `new_meta`: rows that were made just now. Without a
  // state, `adopts`: all is taken as it is.
  struct RowsFound {
    std::string differs;
    bool adopts = false;
  };
  RowsFound look_at_rows(audit::ChainHead const& log, bool log_is_whole,
                         std::vector<std::string> const& new_meta = {});
  void tell_rows(RowsFound const& found, bool first_life, WallTime now);
  // After an unclean end (BUD-6): dispatched holds are settled in full, as estimates; the others released. So
  // is what look_at_rows() found to be of somebody else.
  Recovery recover(WallTime now);
  // The last thing in a transaction: the state of its rows goes into `meta`. Absent: it is as it was.
  std::optional<std::uint64_t> seal(WallTime now);
  void map_made() noexcept { map_made_ = true; }
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
    RowState::Mac mac;
    std::size_t room = 0;  // bytes of the row's `parts`
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
    Bytes parts;
    bool blank = false;  // nothing of a settlement is there yet
  };
  std::vector<OpenRow> open_rows();
  Open open_of(std::int64_t id, OpenRow const& row) const;
  RowState::Mac mac(std::int64_t id, Open const& open, std::string_view provider,
                    std::string_view model) const;
  std::string meta_rows(std::vector<std::string> const& but = {});
  void count_rows(bool older, bool map_counts, std::string& differs);
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
  RowState rows_;
  Claims claims_;
  Rollup rollup_;
  std::string bytes_;                  // of the record being appended
  int room_;                           // bytes a row gets ahead of its settlement
  std::vector<std::int64_t> foreign_;  // open holds that a start found and this gateway did not write
  bool map_made_ = false;              // dispatch.map is there for this life
  std::optional<std::string> meta_;    // its rows but the state, as bytes; absent: to be read again
  std::int64_t sealed_size_ = -1;      // of the log, in the state that was written last
  bool sealed_map_ = false;

  Statement insert_hold_, raise_hold_, close_hold_, append_, find_doc_, put_doc_, put_version_, low_water_,
      find_alerts_, put_alert_, find_used_, put_used_, put_state_;
};

}  // namespace tsg::store
