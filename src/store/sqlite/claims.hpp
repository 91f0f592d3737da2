// Idempotency claims: a row is the lock, then the answer (IDM-9). On the writer's connection and thread. Each
// row has a MAC and is counted in the row state: one that somebody edited is not replayed, and one that
// somebody deleted is missed by the next start.
#pragma once
#include <atomic>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "store/dispatch_map.hpp"
#include "store/row_state.hpp"
#include "store/shares.hpp"
#include "store/sqlite/db.hpp"
#include "tsg/store/store.hpp"

namespace tsg::store {

// What others want to know of the claims, from any thread. It outlives them: they are made anew after an
// outage.
struct AnswerCounters {
  std::atomic<std::int64_t> bytes{0}, given_up{0};
};

class Claims {
 public:
  // `most`: bytes of all stored answers together (limits.idempotency_store_bytes_max).
  Claims(Db& db, RowState& state, std::int64_t most, AnswerCounters& counters);

  struct Verdict {
    std::optional<Error> refusal;
    std::optional<StoredAnswer> replay;  // beside a refusal: the id of the request that had the key alone
  };
  // What a claim of this key means now; neither: it is free, and take() may have it.
  Verdict judge(Admission const& a);
  void take(Admission const& a, std::int64_t hold_id);
  // By hold: an expired claim may belong to a later request by now.
  // `answer_sha256`: of the sealed body, if there is one.
  void finish(std::string_view scope, std::string_view key, Settlement const& s, Digest const& answer_sha256);
  // All rows into the row state, once; how many of them this gateway did not write. `older`: a row without a
  // MAC is from before there were any.
  std::int64_t count_rows(bool older);
  // What a running claim led to is unknown if it was sent, and never happened if it was not (IDM-12). Nobody
  // knows what one led to that somebody edited.
  void recover(DispatchMap const& dispatch, std::int64_t now_ms);
  // Looks at some rows and drops the expired ones; a full turn takes as many calls as there are rows / 256.
  void sweep(std::int64_t now_ms);
  bool empty() const noexcept { return shares_.total() == 0 && !any_; }
  // Rows that were met since the last call and are not as this gateway left them.
  std::int64_t take_edited() noexcept { return std::exchange(edited_, 0); }

 private:
  struct Row {  // all but the answer itself
    std::string scope, key, content_type, org;
    std::int64_t state = 0, hold_id = 0, expires_ms = 0, size = 0;
    std::optional<std::int64_t> status;
    Bytes fingerprint, request_id, seal, body_sha256;
    bool body = false;  // there is an answer of `size`
  };
  static Row row_at(Statement const& s);
  RowState::Mac mac(Row const& row) const;
  std::optional<Row> read(std::string_view scope, std::string_view key);
  bool is_ours(Row const& row) const { return mac(row).is(row.seal); }
  void write(Row const& was, Row now);  // everything that changes but the answer
  void drop(Row const& row);
  void forget_answer(Row const& row, std::int64_t state, std::int64_t expires_ms);
  bool make_room(std::string_view org, std::int64_t size);
  bool give_way(std::string_view org);
  void note(std::string_view org, std::int64_t bytes);

  Db& db_;
  RowState& rows_;
  std::int64_t most_;
  Shares shares_;
  AnswerCounters& counters_;
  bool any_ = false;                                              // rows may exist
  std::int64_t edited_ = 0;                                       // that were met
  std::vector<std::pair<std::string, std::string>> edited_rows_;  // that a start has found
  std::string hand_scope_, hand_key_;                             // where the sweep is
  Statement find_, answer_, insert_, write_, put_answer_, drop_, sweep_, oldest_;
};

}  // namespace tsg::store
