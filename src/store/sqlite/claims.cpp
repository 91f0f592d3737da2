#include "store/sqlite/claims.hpp"

#include <algorithm>
#include <array>
#include <tuple>
#include <vector>

#include "tsg/store/claimed_before.hpp"

namespace tsg::store {
namespace {

enum State : std::int64_t { running = 0, stored = 1, indeterminate = 2 };  // frozen values

constexpr std::int64_t kSweepRows = 256;
// That give way at once, for one answer: who waits for the writer must not wait for many thousand. Meanwhile
// there may be an eighth too much.
constexpr int kGiveWayRows = 512;

}  // namespace

Claims::Claims(Db& db, std::int64_t most, AnswerCounters& counters)
    : db_{db},
      most_{most},
      counters_{counters},
      find_{db,
            "SELECT fingerprint,state,expires_ms,status,content_type,sealed_body,request_id FROM idempotency "
            "WHERE scope=? AND key=?"},
      insert_{db,
              "INSERT INTO idempotency(scope,key,fingerprint,state,hold_id,expires_ms,request_id,org) "
              "VALUES(?,?,?,0,?,?,?,?)"},
      finish_{db,
              "UPDATE idempotency SET state=1,status=?,content_type=?,sealed_body=?,request_id=? "
              "WHERE scope=? AND key=? AND hold_id=?"},
      unknown_{db, "UPDATE idempotency SET state=2 WHERE scope=? AND key=? AND hold_id=?"},
      drop_{db, "DELETE FROM idempotency WHERE scope=? AND key=?"},
      drop_own_{db, "DELETE FROM idempotency WHERE scope=? AND key=? AND hold_id=?"},
      size_{db, "SELECT coalesce(length(sealed_body),0),org FROM idempotency WHERE scope=? AND key=?"},
      sweep_{
          db,
          "SELECT scope,key,expires_ms FROM idempotency WHERE (scope,key)>(?,?) ORDER BY scope,key LIMIT ?"},
      oldest_{db,
              "SELECT scope,key,length(sealed_body) FROM idempotency WHERE org=? AND sealed_body IS NOT NULL "
              "ORDER BY hold_id LIMIT 1"},
      forget_{db, "UPDATE idempotency SET sealed_body=NULL WHERE scope=? AND key=?"} {
  Statement shares{
      db, "SELECT org,sum(length(sealed_body)) FROM idempotency WHERE sealed_body IS NOT NULL GROUP BY org"};
  counters_.bytes.store(0, std::memory_order_relaxed);
  while (shares.step()) note(shares.text(0), shares.integer(1));
  any_ = db.integer("SELECT count(*) FROM (SELECT 1 FROM idempotency LIMIT 1)") != 0;
}

void Claims::drop(std::string_view scope, std::string_view key) {
  size_.bind(scope).bind(key);
  if (size_.step() && size_.integer(0) > 0) note(size_.text(1), -size_.integer(0));
  size_.reset();
  drop_.bind(scope).bind(key).run();
}

Claims::Verdict Claims::judge(Admission const& a) {
  auto const& c = *a.claim;
  Verdict out;
  find_.bind(std::string_view{c.scope}).bind(std::string_view{c.key});
  if (!find_.step()) return out;
  auto const fingerprint = find_.blob(0);
  bool const expired = find_.integer(2) <= a.time.ms();
  std::array<std::uint8_t, 16> raw_id{};
  auto const raw = find_.blob(6);
  std::copy_n(raw.begin(), std::min<std::size_t>(16, raw.size()), raw_id.begin());
  RequestId const original{raw_id};
  if (expired) {
    // Dropped below: as if it had never been (IDM-16).
  } else if (!std::equal(fingerprint.begin(), fingerprint.end(), c.fingerprint.begin(),
                         c.fingerprint.end())) {
    out.refusal = Error{Errc::idempotency_key_reused};
  } else if (find_.integer(1) == running) {
    out.refusal = claimed_before(Errc::idempotency_in_progress, original);
    out.refusal->details().retry_after = std::chrono::milliseconds{1000};
  } else if (find_.integer(1) == indeterminate) {
    out.refusal = claimed_before(Errc::idempotency_indeterminate, original);
  } else if (find_.null(5)) {
    out.refusal = claimed_before(Errc::idempotency_response_too_large, original);
  } else {
    StoredAnswer answer;
    answer.status = static_cast<int>(find_.integer(3));
    answer.content_type = find_.text(4);
    auto const body = find_.blob(5);
    answer.sealed_body.assign(body.begin(), body.end());
    answer.request_id = original;
    out.replay = std::move(answer);
  }
  if (out.refusal) out.replay.emplace().request_id = original;  // whose it is, and nothing of the answer
  find_.reset();
  if (expired) drop(c.scope, c.key);
  return out;
}

void Claims::take(Admission const& a, std::int64_t hold_id) {
  auto const& c = *a.claim;
  insert_.bind(std::string_view{c.scope}).bind(std::string_view{c.key}).bind_blob(c.fingerprint);
  insert_.bind(hold_id).bind(c.expires_at_ms).bind_blob(a.request_id.bytes()).bind(std::string_view{a.org});
  insert_.run();
  any_ = true;
}

void Claims::note(std::string_view org, std::int64_t bytes) {
  shares_.add(org, bytes);
  counters_.bytes.store(shares_.total(), std::memory_order_relaxed);
}

// The oldest answer of this organisation. Its key stays, and says that the answer is not kept: nothing is
// bought twice.
bool Claims::give_way(std::string_view org) {
  oldest_.bind(org);
  if (!oldest_.step()) return false;
  std::string const scope{oldest_.text(0)}, key{oldest_.text(1)};
  auto const size = oldest_.integer(2);
  oldest_.reset();
  forget_.bind(std::string_view{scope}).bind(std::string_view{key}).run();
  note(org, -size);
  counters_.given_up.fetch_add(1, std::memory_order_relaxed);
  return true;
}

// False: it cannot be kept, for it is more than an organisation's part.
bool Claims::make_room(std::string_view org, std::int64_t size) {
  for (int rows = 0; shares_.total() + size > most_ && rows < kGiveWayRows; ++rows) {
    auto const [fullest, any] = shares_.fullest(org, size);
    if (!any || !give_way(fullest)) break;
  }
  return shares_.total() + size <= most_ + most_ / 8;
}

void Claims::finish(std::string_view scope, std::string_view key, std::string_view org, Settlement const& s) {
  if (!s.answer) {
    (s.indeterminate ? unknown_ : drop_own_).bind(scope).bind(key).bind(s.hold_id).run();
    return;
  }
  // A sealed body is never empty: none at all means it was too large to keep.
  auto const size = static_cast<std::int64_t>(s.answer->sealed_body.size());
  bool const keep = size > 0 && make_room(org, size);
  if (!keep) counters_.given_up.fetch_add(1, std::memory_order_relaxed);
  auto& f = finish_.bind(std::int64_t{s.answer->status}).bind(std::string_view{s.answer->content_type});
  (keep ? f.bind_blob(s.answer->sealed_body) : f.bind_null())
      .bind_blob(s.answer->request_id.bytes())
      .bind(scope)
      .bind(key)
      .bind(s.hold_id)
      .run();
  if (keep && db_.changes() == 1) note(org, size);
}

// What a running claim led to is unknown if it was sent, and never happened if it was not.
void Claims::recover(DispatchMap const& dispatch) {
  std::vector<std::tuple<std::string, std::string, std::int64_t>> all;
  Statement claims{db_, "SELECT scope,key,hold_id FROM idempotency WHERE state=0"};
  while (claims.step()) all.emplace_back(claims.text(0), claims.text(1), claims.integer(2));
  for (auto const& [scope, key, hold] : all)
    (dispatch.may_be_dispatched(hold) ? unknown_ : drop_own_)
        .bind(std::string_view{scope})
        .bind(std::string_view{key})
        .bind(hold)
        .run();
}

void Claims::sweep(std::int64_t now_ms) {
  std::vector<std::pair<std::string, std::string>> expired;
  std::int64_t seen = 0;
  auto const scope = hand_scope_, key = hand_key_;  // bound: must not change while rows come
  bool const from_the_start = scope.empty();
  sweep_.bind(std::string_view{scope}).bind(std::string_view{key}).bind(kSweepRows);
  while (sweep_.step()) {
    ++seen;
    hand_scope_ = sweep_.text(0);
    hand_key_ = sweep_.text(1);
    if (sweep_.integer(2) <= now_ms) expired.emplace_back(hand_scope_, hand_key_);
  }
  if (seen < kSweepRows) {  // the end: begin again
    if (seen == 0 && from_the_start) any_ = false;
    hand_scope_.clear();
    hand_key_.clear();
  }
  for (auto const& [s, k] : expired) drop(s, k);
}

}  // namespace tsg::store
