#include "store/sqlite/reader.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>

#include "store/audit_match.hpp"
#include "tsg/core/thread_name.hpp"

namespace tsg::store {
namespace {

// A query may look at this many records; a page that ends early has a cursor to go on from.
constexpr std::size_t kScanMax = 200'000;

}  // namespace

void Reader::start() {
  thread_ = std::thread{[this] {
    name_this_thread("tsg-reader");
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
        spdlog::error("query: {}", e.what());
        op->fail(Error{Errc::internal});
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

void Reader::collect(Statement& rows, AuditQuery const& q, std::size_t look_at, std::vector<AuditRow>& out) {
  for (std::size_t looked = 0; out.size() < q.limit && looked < look_at && rows.step(); ++looked) {
    auto const bytes = rows.text(1);
    if (!matches(q, bytes)) continue;
    AuditRow row;
    row.seq = rows.integer(0);
    row.bytes = bytes;
    auto const hash = rows.blob(2);
    std::copy_n(hash.begin(), std::min(hash.size(), row.hash.size()), row.hash.begin());
    out.push_back(std::move(row));
  }
  rows.reset();
}

// `time` is when a request began; its record is written when it ended, and one made by recovery when the next
// run began. Most are written within seconds, so the neighbourhood is looked at first, then up to a day.
std::vector<AuditRow> Reader::find_request(AuditQuery const& q) {
  constexpr std::int64_t kNear = 20'000, kFar = 2'000'000;  // records; SQLite passes about a million a second
  constexpr std::int64_t kLongestMs = 1'800'000, kDayMs = 86'400'000;
  auto const began = q.request_id->unix_ms();
  std::string const id = q.request_id->text();
  Statement s{
      db(),
      "SELECT seq,bytes,hash FROM audit_record WHERE seq>=? AND seq<? AND instr(bytes,?)>0 ORDER BY seq"};
  std::vector<AuditRow> out;
  auto const search = [&](std::int64_t from, std::int64_t before) {
    s.bind(from).bind(std::min(before, q.before_seq)).bind(std::string_view{id});
    collect(s, q, SIZE_MAX, out);
  };
  auto const near = seq_at(began);
  search(near - kNear, near + kNear);
  if (out.empty()) {
    auto const from = seq_at(began - kLongestMs);
    search(from, std::min(from + kFar, seq_at(began + kDayMs) + 1));
  }
  std::reverse(out.begin(), out.end());
  return out;
}

Result<std::vector<AuditRow>> Reader::audit(AuditQuery const& q) {
  if (q.request_id) return find_request(q);
  std::int64_t from = 0, before = q.before_seq;
  if (q.from) from = std::max<std::int64_t>(0, seq_at(q.from->ms() - 3'600'000));
  if (q.to) before = std::min(before, seq_at(q.to->ms() + 3'600'000) + 1);
  std::vector<AuditRow> out;
  Statement s{db(), "SELECT seq,bytes,hash FROM audit_record WHERE seq<? AND seq>=? ORDER BY seq DESC"};
  s.bind(before).bind(from);
  collect(s, q, kScanMax, out);
  return out;
}

}  // namespace tsg::store
