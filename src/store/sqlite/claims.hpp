// Idempotency claims: a row is the lock, then the answer (IDM-9). On the writer's connection and thread.
#pragma once
#include <atomic>
#include <string>

#include "store/dispatch_map.hpp"
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
  Claims(Db& db, std::int64_t most, AnswerCounters& counters);

  struct Verdict {
    std::optional<Error> refusal;
    std::optional<StoredAnswer> replay;  // beside a refusal: the id of the request that had the key alone
  };
  // What a claim of this key means now; neither: it is free, and take() may have it.
  Verdict judge(Admission const& a);
  void take(Admission const& a, std::int64_t hold_id);
  // By hold: an expired claim may belong to a later request by now.
  void finish(std::string_view scope, std::string_view key, std::string_view org, Settlement const& s);
  void recover(DispatchMap const& dispatch);  // IDM-12
  // Looks at some rows and drops the expired ones; a full turn takes as many calls as there are rows / 256.
  void sweep(std::int64_t now_ms);
  bool empty() const noexcept { return shares_.total() == 0 && !any_; }

 private:
  void drop(std::string_view scope, std::string_view key);
  bool make_room(std::string_view org, std::int64_t size);
  bool give_way(std::string_view org);
  void note(std::string_view org, std::int64_t bytes);

  Db& db_;
  std::int64_t most_;
  Shares shares_;
  AnswerCounters& counters_;
  bool any_ = false;                   // rows may exist
  std::string hand_scope_, hand_key_;  // where the sweep is
  Statement find_, insert_, finish_, unknown_, drop_, drop_own_, size_, sweep_, oldest_, forget_;
};

}  // namespace tsg::store
