#include "store/sqlite/log_start.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <optional>

#include "tsg/audit/head_file.hpp"
#include "tsg/audit/record.hpp"
#include "tsg/core/log.hpp"
#include "tsg/json/value.hpp"

namespace tsg::store {
namespace {

using Json = nlohmann::ordered_json;

struct Last {  // the last record
  audit::ChainHead head;
  WallTime time;
};

// Whether the database is from a build that seals rows and marks each record for the next start.
bool sealed(Db& db) {
  return db.integer("SELECT count(*) FROM meta WHERE name='rows_sealed'") != 0;
}

Error log_damaged() {
  return Error{Errc::internal, "the last audit record is damaged: run `tsg audit verify`"};
}

Result<Last> last_record(Db& db) {
  Last out;
  Statement last{db, "SELECT seq,bytes,hash FROM audit_record ORDER BY seq DESC LIMIT 1"};
  if (!last.step()) return out;
  out.head.size = last.integer(0) + 1;
  auto const json = json::parse_value(last.text(1));
  auto const hash = last.blob(2);
  bool const whole = json.is_object() && hash.size() == out.head.chain.size();
  if (whole) std::copy(hash.begin(), hash.end(), out.head.chain.begin());
  last.reset();
  if (!whole) return log_damaged();
  auto const epoch = json.find("epoch"), time = json.find("time");
  if (epoch == json.end() || !epoch->is_number_integer()) return log_damaged();
  out.head.epoch = epoch->get<std::int64_t>();
  if (time != json.end() && time->is_string())
    out.time = parse_rfc3339(time->get<std::string>()).value_or(WallTime{});
  return out;
}

// A log that contradicts its signed head was changed. Going on would sign the change, and the head that
// proves it would be gone: nothing starts until somebody has looked.
Result<> check_signed_part(Db& db, audit::SignedHead const& kept, std::int64_t size, LogStart const& setup) {
  auto const changed = [](std::int64_t seq) {
    return Error{Errc::internal, "the audit log was changed: record " + std::to_string(seq) +
                                     " is not what audit.head was signed over, or what this gateway wrote "
                                     "after it. Run `tsg audit verify`, keep a "
                                     "copy of data_dir, and restore the database from a backup"};
  };
  if (kept.head.size > size) return boost::system::in_place_value;
  bool const has_macs = sealed(db);
  Digest chain{};
  std::int64_t seq = std::max<std::int64_t>(kept.head.size - 1, 0);
  Statement rows{db, "SELECT seq,bytes,hash FROM audit_record WHERE seq>=? ORDER BY seq"};
  rows.bind(seq);
  for (; rows.step(); ++seq) {  // what came after the head is about a second's worth
    auto const hash = rows.blob(2);
    bool const first = seq == kept.head.size - 1;
    Digest const expected = first ? kept.head.chain : audit::next_chain(chain, rows.text(1));
    bool const ours = first || !has_macs || audit::mac_fits(rows.text(1), *setup.record_key);
    bool const fits = rows.integer(0) == seq && crypto::equal(hash, expected) && ours;
    if (!fits) {
      rows.reset();
      return changed(seq);
    }
    chain = expected;
  }
  if (seq != size) return changed(seq);
  return boost::system::in_place_value;
}

// The first record that this gateway did not write; -1: it wrote all. Where the head says nothing of them.
std::int64_t first_foreign(Db& db, LogStart const& setup) {
  Digest chain{};
  std::int64_t seq = 0;
  Statement rows{db, "SELECT seq,bytes,hash FROM audit_record ORDER BY seq"};
  for (; rows.step(); ++seq) {
    chain = audit::next_chain(chain, rows.text(1));
    if (rows.integer(0) == seq && crypto::equal(rows.blob(2), chain) &&
        audit::mac_fits(rows.text(1), *setup.record_key))
      continue;
    rows.reset();
    return seq;
  }
  return -1;
}

Result<std::optional<audit::SignedHead>> kept_head(LogStart const& setup) {
  auto const text = audit::read_head_text(setup.data_dir / "audit.head");
  if (!text) return text.error();
  if (!*text) return std::optional<audit::SignedHead>{};
  auto parsed = audit::parse_head(**text);
  if (!parsed)
    return Error{Errc::internal,
                 "audit.head is damaged: run `tsg audit verify`, then restore it from a copy"};
  if (parsed->key != setup.key)
    return Error{Errc::internal, "audit.head was signed with another key: is this the right master_key?"};
  return std::optional{std::move(*parsed)};
}

// How many records the rest of the database knows of: sums, documents, and the newest rows of the ledger.
std::int64_t records_named(Db& db) {
  return std::max({db.integer("SELECT value FROM meta WHERE name='rolled_seq'"),
                   db.integer("SELECT coalesce(max(seq)+1,0) FROM document_version"),
                   db.integer("SELECT coalesce(max(settled_seq)+1,0) FROM "
                              "(SELECT settled_seq FROM ledger ORDER BY id DESC LIMIT 10000)")});
}

// AUD-26: less is there than was. The old chain must not be continued as if nothing had happened.
struct Loss {
  std::optional<audit::SignedHead> head;  // that the log is behind of, or older than it should be
  std::int64_t size = 0;                  // records there should be, as far as anybody knows
  std::string why;
  void add(std::string reason) { why += (why.empty() ? "" : "; ") + std::move(reason); }
};

Loss find_loss(Last const& log, std::optional<audit::SignedHead> const& kept, std::int64_t named) {
  Loss loss;
  loss.size = named;
  auto const size = log.head.size;
  if (!kept) {
    loss.add("audit.head was missing");
  } else if (kept->head.size > size) {
    loss.add("the database was behind its signed head");
  } else if (size > kept->head.size && log.time.ns - kept->time.ns > audit::kUnsignedMost.count()) {
    loss.add("audit.head is older than it can be: no signature covers the records from " +
             std::to_string(kept->head.size) + " on");
  }
  if (kept && !loss.why.empty()) {
    loss.head = kept;
    loss.size = std::max(named, kept->head.size);
  }
  if (named > size)
    loss.add("ledger, documents or sums name records up to " + std::to_string(named - 1) +
             ", and the log had " + std::to_string(size));
  return loss;
}

void append_genesis(Books& books, Clock const& clock, LogStart const& setup) {
  audit::Record r;
  r.kind = "log.genesis";
  r.time = clock.wall();
  Json after;
  after["origin"] = setup.node + "/1";
  after["public_key"] = to_hex(setup.key);
  after["software"] = setup.software;
  after["format"] = 1;
  after["row_state"] = 1;  // from its first record on the log's database has one
  r.after_json = json::to_text(after);
  std::string fields;
  audit::append_fields(fields, r);
  books.append(fields);
}

void append_epoch(Books& books, Clock const& clock, LogStart const& setup, Loss const& loss) {
  auto head = books.head();
  head.epoch = (loss.head ? std::max(head.epoch, loss.head->head.epoch) : head.epoch) + 1;
  books.set_head(head);
  audit::Record r;
  r.kind = "log.epoch";
  r.time = clock.wall();
  Json before, after;
  if (loss.head) {
    before["origin"] = loss.head->origin;
    before["size"] = std::max(loss.size, loss.head->head.size);
    before["chain"] = to_hex(loss.head->head.chain);
    before["time"] = to_rfc3339(loss.head->time);
  } else if (loss.size > 0) {
    before["size"] = loss.size;
  }
  if (!before.empty()) r.before_json = json::to_text(before);
  after["origin"] = setup.node + "/" + std::to_string(head.epoch);
  r.after_json = json::to_text(after);
  r.detail = loss.why;
  std::string fields;
  audit::append_fields(fields, r);
  books.append(fields);
}

}  // namespace

bool lived_in(std::filesystem::path const& data_dir) {
  std::error_code ec;
  for (char const* name : {"tsg.db", "tsg.db-wal", "audit.head", "dispatch.map"})
    if (std::filesystem::exists(std::filesystem::symlink_status(data_dir / name, ec))) return true;
  auto const size = std::filesystem::file_size(data_dir / "tsg.lock", ec);  // empty until a life has begun
  return !ec && size > 0;
}

Result<Recovery> start_log(Db& db, Books& books, DispatchMap& dispatch, Clock const& clock,
                           LogStart const& setup) {
  auto const log = last_record(db);
  if (!log) return log.error();
  auto const size = log->head.size;
  books.set_head(log->head);
  auto const kept = kept_head(setup);
  if (!kept) return kept.error();
  if (*kept) {
    if (auto fits = check_signed_part(db, **kept, size, setup); !fits) return fits.error();
  }
  auto loss = find_loss(*log, *kept, records_named(db));
  if (auto const foreign = loss.why.empty() || !sealed(db) ? -1 : first_foreign(db, setup); foreign >= 0)
    loss.add("record " + std::to_string(foreign) + " and what follows it was not written by this gateway");
  Recovery done;
  db.exec("BEGIN IMMEDIATE");
  auto const rows = books.look_at_rows(log->head, loss.why.empty(), setup.new_meta);
  if (size == 0) append_genesis(books, clock, setup);
  if (!loss.why.empty()) {
    books.give_up_records(books.head().size);
    append_epoch(books, clock, setup, loss);
    log::error("the audit log goes on in a new epoch: {}. `tsg audit verify` lists what is missing",
               {loss.why});
    dispatch.distrust();
  }
  books.adopt(clock.wall());
  if (auto const n = books.tell_differing(clock.wall()); n > 0)
    log::error("{} documents were edited in the database: run `tsg audit verify`", {n});
  books.tell_rows(rows, size == 0, clock.wall());
  done = books.recover(clock.wall());
  done.new_epoch = !loss.why.empty();
  if (done.new_epoch) books.tidy(clock.wall());
  auto const state = books.seal(clock.wall());
  db.exec("COMMIT");
  dispatch.clear(*state);
  books.map_made();
  return done;
}

}  // namespace tsg::store
