#include "store/sqlite/claims.hpp"

#include <algorithm>
#include <array>
#include <vector>

#include "store/row_bytes.hpp"
#include "tsg/store/claimed_before.hpp"

namespace tsg::store {
namespace {

enum State : std::int64_t { running = 0, stored = 1, indeterminate = 2 };  // frozen values

// All but the answer itself, which stands behind them.
constexpr char const* kRow =
    "SELECT "
    "scope,key,fingerprint,state,hold_id,expires_ms,request_id,org,status,content_type,seal,body_sha256,"
    "coalesce(length(sealed_body),0),sealed_body IS NOT NULL FROM idempotency";
std::string rows_where(char const* what) {
  return std::string{kRow} + what;
}

Bytes bytes_at(Statement const& s, int column) {
  auto const bytes = s.blob(column);
  return {bytes.begin(), bytes.end()};
}

RequestId id_of(Bytes const& raw) {
  std::array<std::uint8_t, 16> id{};
  std::copy_n(raw.begin(), std::min(raw.size(), id.size()), id.begin());
  return RequestId{id};
}

constexpr std::int64_t kEditedFor = 86'400'000;  // ms that the key of a row that was edited stays taken
constexpr std::int64_t kSweepRows = 256;
// That give way at once, for one answer: who waits for the writer must not wait for many thousand. Meanwhile
// there may be an eighth too much.
constexpr int kGiveWayRows = 512;

}  // namespace

Claims::Claims(Db& db, RowState& state, std::int64_t most, AnswerCounters& counters)
    : db_{db},
      rows_{state},
      most_{most},
      counters_{counters},
      find_{db, rows_where(" WHERE scope=? AND key=?").c_str()},
      answer_{db, "SELECT sealed_body FROM idempotency WHERE scope=? AND key=?"},
      insert_{db,
              "INSERT INTO idempotency(scope,key,fingerprint,state,hold_id,expires_ms,request_id,org,seal) "
              "VALUES(?,?,?,?,?,?,?,?,?)"},
      write_{db,
             "UPDATE idempotency SET "
             "state=?,expires_ms=?,request_id=?,status=?,content_type=?,seal=?,body_sha256=? "
             "WHERE scope=? AND key=?"},
      put_answer_{db, "UPDATE idempotency SET sealed_body=? WHERE scope=? AND key=?"},
      drop_{db, "DELETE FROM idempotency WHERE scope=? AND key=?"},
      sweep_{
          db,
          "SELECT scope,key,expires_ms FROM idempotency WHERE (scope,key)>(?,?) ORDER BY scope,key LIMIT ?"},
      oldest_{db,
              "SELECT scope,key FROM idempotency WHERE org=? AND sealed_body IS NOT NULL "
              "ORDER BY hold_id LIMIT 1"} {
  Statement shares{
      db, "SELECT org,sum(length(sealed_body)) FROM idempotency WHERE sealed_body IS NOT NULL GROUP BY org"};
  counters_.bytes.store(0, std::memory_order_relaxed);
  while (shares.step()) note(shares.text(0), shares.integer(1));
  any_ = db.integer("SELECT count(*) FROM (SELECT 1 FROM idempotency LIMIT 1)") != 0;
}

Claims::Row Claims::row_at(Statement const& s) {
  Row row;
  row.scope = s.text(0);
  row.key = s.text(1);
  row.fingerprint = bytes_at(s, 2);
  row.state = s.integer(3);
  row.hold_id = s.integer(4);
  row.expires_ms = s.integer(5);
  row.request_id = bytes_at(s, 6);
  row.org = s.text(7);
  if (!s.null(8)) row.status = s.integer(8);
  row.content_type = s.text(9);
  row.seal = bytes_at(s, 10);
  row.body_sha256 = bytes_at(s, 11);
  row.size = s.integer(12);
  row.body = s.integer(13) != 0;
  return row;
}

RowState::Mac Claims::mac(Row const& row) const {
  std::string bytes;
  bytes.reserve(320);
  put_text(bytes, row.scope);
  put_text(bytes, row.key);
  put_hex(bytes, row.fingerprint);
  for (auto const n : {row.state, row.hold_id, row.expires_ms}) put_number(bytes, n);
  put_hex(bytes, row.request_id);
  put_text(bytes, row.org);
  put_number(bytes, row.status);
  put_text(bytes, row.content_type);
  put_number(bytes, row.body ? std::optional{row.size} : std::nullopt);
  put_hex(bytes, row.body_sha256);
  return rows_.mac(RowState::claim, bytes);
}

std::optional<Claims::Row> Claims::read(std::string_view scope, std::string_view key) {
  std::optional<Row> row;
  find_.bind(scope).bind(key);
  if (find_.step()) row = row_at(find_);
  find_.reset();
  if (row && !is_ours(*row)) ++edited_;
  return row;
}

void Claims::write(Row const& was, Row now) {
  rows_.drop(RowState::claim, mac(was));
  auto const sealed = mac(now);
  write_.bind(now.state)
      .bind(now.expires_ms)
      .bind_blob(now.request_id)
      .bind(now.status)
      .bind(std::string_view{now.content_type});
  write_.bind_blob(sealed.shown);
  (now.body ? write_.bind_blob(now.body_sha256) : write_.bind_null());
  write_.bind(std::string_view{now.scope}).bind(std::string_view{now.key}).run_one();
  rows_.add(RowState::claim, sealed);
}

void Claims::drop(Row const& row) {
  if (row.size > 0) note(row.org, -row.size);
  rows_.drop(RowState::claim, mac(row));
  drop_.bind(std::string_view{row.scope}).bind(std::string_view{row.key}).run();
}

// The key stays, and says that the answer is not kept: nothing is bought twice.
void Claims::forget_answer(Row const& row, std::int64_t state, std::int64_t expires_ms) {
  if (row.size > 0) note(row.org, -row.size);
  auto now = row;
  now.state = state;
  now.expires_ms = expires_ms;
  now.body = false;
  now.size = 0;
  now.body_sha256.clear();
  write(row, std::move(now));
  put_answer_.bind_null().bind(std::string_view{row.scope}).bind(std::string_view{row.key}).run_one();
}

Claims::Verdict Claims::judge(Admission const& a) {
  auto const& c = *a.claim;
  Verdict out;
  auto const before = edited_;
  auto const row = read(c.scope, c.key);
  if (!row) return out;
  bool const expired = row->expires_ms <= a.time.ms();
  bool const ours = edited_ == before;
  auto const original = id_of(row->request_id);
  if (!ours) {  // nothing it says can be believed, and nothing is bought twice
    out.refusal = claimed_before(Errc::idempotency_indeterminate, original);
  } else if (expired) {
    drop(*row);  // as if it had never been (IDM-16)
  } else if (!std::ranges::equal(row->fingerprint, c.fingerprint)) {
    out.refusal = Error{Errc::idempotency_key_reused};
  } else if (row->state == running) {
    out.refusal = claimed_before(Errc::idempotency_in_progress, original);
    out.refusal->details().retry_after = std::chrono::milliseconds{1000};
  } else if (row->state == indeterminate) {
    out.refusal = claimed_before(Errc::idempotency_indeterminate, original);
  } else if (!row->body) {
    out.refusal = claimed_before(Errc::idempotency_response_too_large, original);
  } else {
    StoredAnswer answer;
    answer.status = static_cast<int>(row->status.value_or(0));
    answer.content_type = row->content_type;
    answer_.bind(std::string_view{c.scope}).bind(std::string_view{c.key});
    if (answer_.step()) answer.sealed_body = bytes_at(answer_, 0);
    answer_.reset();
    answer.request_id = original;
    out.replay = std::move(answer);
  }
  if (out.refusal) out.replay.emplace().request_id = original;  // whose it is, and nothing of the answer
  return out;
}

void Claims::take(Admission const& a, std::int64_t hold_id) {
  auto const& c = *a.claim;
  Row row;
  row.scope = c.scope;
  row.key = c.key;
  row.fingerprint.assign(c.fingerprint.begin(), c.fingerprint.end());
  row.state = running;
  row.hold_id = hold_id;
  row.expires_ms = c.expires_at_ms;
  row.request_id.assign(a.request_id.bytes().begin(), a.request_id.bytes().end());
  row.org = a.org;
  auto const sealed = mac(row);
  insert_.bind(std::string_view{c.scope}).bind(std::string_view{c.key}).bind_blob(c.fingerprint);
  insert_.bind(row.state).bind(hold_id).bind(c.expires_at_ms).bind_blob(a.request_id.bytes());
  insert_.bind(std::string_view{a.org}).bind_blob(sealed.shown).run_one();
  rows_.add(RowState::claim, sealed);
  any_ = true;
}

void Claims::note(std::string_view org, std::int64_t bytes) {
  shares_.add(org, bytes);
  counters_.bytes.store(shares_.total(), std::memory_order_relaxed);
}

// The oldest answer of this organisation.
bool Claims::give_way(std::string_view org) {
  oldest_.bind(org);
  if (!oldest_.step()) return false;
  std::string const scope{oldest_.text(0)}, key{oldest_.text(1)};
  oldest_.reset();
  auto const row = read(scope, key);
  if (!row) return false;
  forget_answer(*row, row->state, row->expires_ms);
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

void Claims::finish(std::string_view scope, std::string_view key, Settlement const& s,
                    Digest const& answer_sha256) {
  auto const row = read(scope, key);
  if (!row || row->hold_id != s.hold_id) return;
  if (!s.answer && !s.indeterminate) return drop(*row);
  auto now = *row;
  if (!s.answer) {
    now.state = indeterminate;
    return write(*row, std::move(now));
  }
  // A sealed body is never empty: none at all means it was too large to keep.
  auto const& body = s.answer->sealed_body;
  auto const size = static_cast<std::int64_t>(body.size());
  bool const keep = size > 0 && make_room(row->org, size);
  if (!keep) counters_.given_up.fetch_add(1, std::memory_order_relaxed);
  now.state = stored;
  now.status = s.answer->status;
  now.content_type = s.answer->content_type;
  now.request_id.assign(s.answer->request_id.bytes().begin(), s.answer->request_id.bytes().end());
  if (keep) {
    now.body = true;
    now.size = size;
    now.body_sha256.assign(answer_sha256.begin(), answer_sha256.end());
    note(row->org, size);
  }
  write(*row, std::move(now));
  if (keep) put_answer_.bind_blob(body).bind(scope).bind(key).run_one();
}

std::int64_t Claims::count_rows(bool older) {
  std::vector<Row> unsealed;
  Statement all{db_, kRow};
  while (all.step()) {
    auto const row = row_at(all);
    auto const sealed = mac(row);
    rows_.add(RowState::claim, sealed);
    if (sealed.is(row.seal)) continue;
    if (older && row.seal.empty())
      unsealed.push_back(row);
    else
      edited_rows_.emplace_back(row.scope, row.key);
  }
  for (auto const& row : unsealed) {
    auto now = row;
    if (row.body) {
      answer_.bind(std::string_view{row.scope}).bind(std::string_view{row.key});
      if (answer_.step()) {
        auto const hash = crypto::sha256(answer_.blob(0));
        now.body_sha256.assign(hash.begin(), hash.end());
      }
      answer_.reset();
    }
    write(row, std::move(now));
  }
  return static_cast<std::int64_t>(edited_rows_.size());
}

void Claims::recover(DispatchMap const& dispatch, std::int64_t now_ms) {
  for (auto const& [scope, key] : edited_rows_)
    if (auto const row = read(scope, key))
      forget_answer(*row, indeterminate, std::max(row->expires_ms, now_ms + kEditedFor));
  edited_rows_.clear();
  edited_ = 0;  // the start has told them
  std::vector<Row> open;
  Statement claims{db_, rows_where(" WHERE state=0").c_str()};
  while (claims.step()) open.push_back(row_at(claims));
  for (auto const& row : open) {
    if (dispatch.sent(row.hold_id) == DispatchMap::Sent::no) {
      drop(row);
      continue;
    }
    auto now = row;
    now.state = indeterminate;
    write(row, std::move(now));
  }
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
  for (auto const& [s, k] : expired)
    if (auto const row = read(s, k)) drop(*row);
}

}  // namespace tsg::store
