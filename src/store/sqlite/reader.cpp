#include "store/sqlite/reader.hpp"

#include <algorithm>

#include "store/audit_match.hpp"
#include "store/usage_span.hpp"
#include "tsg/core/log.hpp"
#include "tsg/core/thread_name.hpp"

namespace tsg::store {

void Reader::start() {
  thread_ = std::thread{[this] {
    name_this_thread(name_);
    loop();
  }};
}

void Reader::stop() {
  queue_.close();
  if (thread_.joinable()) thread_.join();
}

void Reader::loop() {
  Operations pending;
  while (!queue_.closed()) {
    queue_.take(pending, Steady::now() + std::chrono::hours{1});
    for (auto& op : pending) {
      try {
        op->run();
      } catch (std::exception const& e) {
        log::error("query: {}", {e.what()});
        op->fail(Error{Errc::internal});
        db_.reset();  // the next one opens the database again: this one may have been without descriptors
      }
      Operations one;
      one.push_back(std::move(op));
      complete_all(std::move(one));
    }
    pending.clear();
  }
}

Db& Reader::db() {
  if (!db_) {
    db_.emplace(file_, SQLITE_OPEN_READWRITE, vfs_);  // WAL readers need the shared memory file
    db_->exec("PRAGMA query_only=ON; PRAGMA cache_size=-1024; PRAGMA temp_store=MEMORY");
  }
  return *db_;
}

Result<std::vector<Document>> Reader::documents(std::string const& kind, std::string const& after,
                                                std::size_t limit) {
  std::vector<Document> out;
  Statement s{
      db(),
      "SELECT id,version,json,changed_ms FROM document WHERE kind=? AND id>? AND deleted=0 ORDER BY id "
      "LIMIT ?"};
  s.bind(std::string_view{kind}).bind(std::string_view{after}).bind(static_cast<std::int64_t>(limit));
  while (s.step()) {
    Document d;
    d.kind = kind;
    d.id = s.text(0);
    d.version = s.integer(1);
    d.json = s.text(2);
    d.changed_at = {s.integer(3) * 1'000'000};
    out.push_back(std::move(d));
  }
  return out;
}

Result<std::vector<Document>> Reader::versions(std::string const& kind, std::string const& id,
                                               std::int64_t before, std::size_t limit) {
  std::vector<Document> out;
  Statement s{
      db(),
      "SELECT version,deleted,json,changed_ms FROM document_version WHERE kind=? AND id=? AND version<? "
      "ORDER BY version DESC LIMIT ?"};
  s.bind(std::string_view{kind})
      .bind(std::string_view{id})
      .bind(before)
      .bind(static_cast<std::int64_t>(limit));
  while (s.step()) {
    Document d;
    d.kind = kind;
    d.id = id;
    d.version = s.integer(0);
    d.deleted = s.integer(1) != 0;
    d.json = s.text(2);
    d.changed_at = {s.integer(3) * 1'000'000};
    out.push_back(std::move(d));
  }
  return out;
}

Result<std::vector<KeyUse>> Reader::key_uses() {
  std::vector<KeyUse> out;
  Statement s{db(), "SELECT key_id,at_ms FROM key_used ORDER BY key_id"};
  while (s.step()) out.emplace_back(std::string{s.text(0)}, WallTime{s.integer(1) * 1'000'000});
  return out;
}

std::int64_t Reader::seq_at(std::int64_t unix_ms) {
  Statement at{db(), "SELECT bytes FROM audit_record WHERE seq=?"};
  std::int64_t low = 0, high = db().integer("SELECT coalesce(max(seq)+1,0) FROM audit_record");
  while (low < high) {
    auto const middle = low + (high - low) / 2;
    at.bind(middle);
    std::int64_t const t = at.step() ? record_ms(at.text(0)) : 0;
    at.reset();
    if (t < unix_ms)
      low = middle + 1;
    else
      high = middle;
  }
  return low;
}

AuditRow Reader::row_at(Statement const& rows) {
  AuditRow row;
  row.seq = rows.integer(0);
  row.bytes = rows.text(1);
  row.time = WallTime{record_ms(row.bytes) * 1'000'000};
  auto const hash = rows.blob(2);
  std::copy_n(hash.begin(), std::min(hash.size(), row.hash.size()), row.hash.begin());
  return row;
}

// `time` is when a request began; its record is written when it ended, within seconds mostly. So the
// neighbourhood is looked at first.
std::vector<AuditRow> Reader::near(AuditQuery const& q) {
  constexpr std::int64_t kNear = 20'000;  // records; SQLite passes about a million a second
  auto const at = seq_at(q.request_id->unix_ms());
  std::string const id = q.request_id->text();
  AuditMatch const match{q};
  std::vector<AuditRow> out;
  Statement rows{db(),
                 "SELECT seq,bytes,hash FROM audit_record WHERE seq>=? AND seq<? AND instr(bytes,?)>0 ORDER "
                 "BY seq DESC"};
  rows.bind(at - kNear).bind(at + kNear).bind(std::string_view{id});
  while (out.size() < q.limit && rows.step())
    if (match(rows.text(1))) out.push_back(row_at(rows));
  rows.reset();
  return out;
}

// [first, second): where records that can match are. A request of up to an hour is recorded that much later
// than it began; one that a later start recovered, up to a day.
std::pair<std::int64_t, std::int64_t> Reader::range_of(AuditQuery const& q) {
  constexpr std::int64_t kHourMs = 3'600'000, kFar = 2'000'000;
  std::int64_t from = 0, before = q.before_seq;
  if (q.from) from = std::max(from, seq_at(q.from->ms() - kHourMs));
  if (q.to) before = std::min(before, seq_at(q.to->ms() + kHourMs) + 1);
  if (!q.request_id) return {from, before};
  auto const began = q.request_id->unix_ms();
  auto const first = seq_at(began - kHourMs / 2);
  return {std::max(from, first), std::min({before, seq_at(began + kDayMs) + 1, first + kFar})};
}

Result<AuditPage> Reader::audit(AuditQuery const& q) {
  AuditPage page;
  bool const first = q.before_seq == INT64_MAX;
  if (q.request_id && first) page.rows = near(q);
  if (!page.rows.empty()) return page;
  auto const [from, before] = range_of(q);
  AuditLook look{q, from};
  Statement rows{db(), "SELECT seq,bytes,hash FROM audit_record WHERE seq<? AND seq>=? ORDER BY seq DESC"};
  rows.bind(before).bind(from);
  bool whole = false;
  while (!whole && look.wants_more()) {
    whole = !rows.step();
    if (!whole && look.take(rows.integer(0), rows.text(1))) page.rows.push_back(row_at(rows));
  }
  rows.reset();
  look.end(page, whole);
  return page;
}

}  // namespace tsg::store
