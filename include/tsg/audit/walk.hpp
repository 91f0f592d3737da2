// The log from record 0 to its end, one record at a time: chain, numbers, epochs, and what records say about
// the rest of the database (src/audit/FORMAT.md). No I/O: who has the rows hands them over in order.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tsg/audit/chain.hpp"
#include "tsg/core/clock.hpp"

namespace tsg::audit {

// A place where the log or what belongs to it does not hold together, though nothing was edited that is
// signed. `id` names the break and the state that was found: an acknowledgement is for that state alone.
struct Break {
  Break() = default;
  Break(std::int64_t s, std::string i, std::string t) : seq{s}, id{std::move(i)}, text{std::move(t)} {}
  std::int64_t seq = 0;  // the record it is acknowledged by
  std::string id, text;
  std::optional<std::int64_t> acknowledged;  // by this record
};

struct DocumentSeal {  // one of `documents` of a record: what the change left
  std::string kind, id, sha256;
  std::int64_t version = 0, changed_ms = 0;
  bool deleted = false;
};
struct LedgerSeal {  // member `ledger`: the row that was closed with this record
  std::int64_t id = 0;
  std::string sha256;
};
// Of a log.adopt: rows that were closed before rows were sealed, all in one.
struct AdoptedLedger {
  std::int64_t rows = 0, to_id = 0;
  std::string sha256;
};
struct Acknowledgement {
  std::int64_t seq = 0;
  std::vector<std::string> breaks;
  std::string reason;
};
struct AlertSeal {  // of a budget.alert
  std::string scope, scope_id, environment;
  std::int64_t window_ms = 0, percent = 0;
};

// What one record says beyond itself.
struct Said {
  std::string kind, request_id, key_id;
  std::optional<WallTime> time;
  std::vector<DocumentSeal> documents;
  std::optional<LedgerSeal> ledger;
  std::optional<AdoptedLedger> adopted;
  std::optional<Acknowledgement> acknowledgement;
  std::optional<AlertSeal> alert;
  bool keeps_row_state = false;       // a genesis: the database has a row state from its first record on
  std::optional<std::string> differ;  // a rows.differ: what a start or a request found, in its words
};

class Walk {
 public:
  // False: this record is the first that is bad, and problem() says why. `said` is of a good one.
  bool step(std::int64_t seq, std::string_view bytes, std::string_view hash, Said& said);

  ChainHead const& head() const noexcept { return head_; }
  std::string const& genesis_key() const noexcept { return genesis_key_; }  // hex; "" = none named
  std::string const& problem() const noexcept { return problem_; }
  std::vector<Break> const& breaks() const noexcept { return breaks_; }  // one for each log.epoch
  std::int64_t last_epoch() const noexcept { return last_epoch_; }       // its record; 0 = no break

 private:
  ChainHead head_;
  std::string genesis_key_, problem_;
  std::vector<Break> breaks_;
  std::int64_t last_epoch_ = 0;
};

}  // namespace tsg::audit
