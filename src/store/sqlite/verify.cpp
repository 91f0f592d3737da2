// Trusts nothing but SHA-256, Ed25519, the migrations of this build and, if given, the checkpoint.
#include "tsg/store/verify.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "store/printable.hpp"
#include "store/sqlite/data_dir.hpp"
#include "store/sqlite/migrate.hpp"
#include "store/sqlite/schema_check.hpp"
#include "store/sqlite/verify_rows.hpp"
#include "tsg/audit/head_file.hpp"

namespace tsg::store {
namespace {

// Schemas. From the first on records seal the rows written with them, from the second on the state of all
// other rows is kept.
constexpr std::int64_t kSealedSince = 6, kStateSince = 7;

// What was found, by the exit code it leads to. Everything that can still be looked at is.
struct Found {
  std::vector<std::string> unreadable, tampered, unchecked;
  Breaks breaks;
  std::int64_t records = 0, unsigned_records = 0;  // those behind the head
  Digest chain{};
};

// What the walk over the log must agree with: the signed head, and a checkpoint kept elsewhere.
struct Expected {
  std::string what;  // "audit.head"
  audit::SignedHead head;
  bool own = false;  // the folder's own, not the checkpoint
  bool seen = false;
};

std::vector<Expected> read_heads(std::filesystem::path const& data_dir,
                                 std::optional<std::filesystem::path> const& checkpoint, Found& found) {
  std::vector<Expected> out;
  auto const text = audit::read_head_text(data_dir / "audit.head");
  if (!text) {
    found.unreadable.emplace_back(text.error().message());
  } else if (!*text) {
    found.tampered.emplace_back("audit.head is missing");
  } else if (auto const head = audit::parse_head(**text); head) {
    out.push_back({"audit.head", *head, true});
  } else {
    found.tampered.emplace_back("audit.head is " + std::string{head.error().message()});
  }
  if (!checkpoint) return out;
  auto const kept = audit::read_head_text(*checkpoint);
  if (!kept || !*kept) {
    found.unreadable.emplace_back(kept ? "the checkpoint " + checkpoint->string() + " does not exist"
                                       : "the checkpoint " + std::string{kept.error().message()});
  } else if (auto const head = audit::parse_head(**kept); head) {
    out.push_back({"the checkpoint", *head});
  } else {
    found.unchecked.emplace_back("the checkpoint cannot be checked: " + std::string{head.error().message()});
  }
  return out;
}

// In the operating system's words, which SQLite does not pass on; "" = it can be read. Never opened here: a
// close would give up the locks that SQLite holds on the file for a gateway in this process.
std::string unreadable(std::filesystem::path const& file) {
  struct ::stat facts {};
  bool const found = ::stat(file.c_str(), &facts) == 0;
  if (!found && (errno == ENOENT || errno == ENOTDIR)) return "no database at " + file.string();
  if (!found || ::faccessat(AT_FDCWD, file.c_str(), R_OK, AT_EACCESS) != 0)
    return file.string() + " cannot be read: " + std::strerror(errno);
  return S_ISREG(facts.st_mode) ? "" : file.string() + " cannot be read: it is not a regular file";
}

// False: the log differs from what was signed here.
bool meets(std::vector<Expected>& expected, audit::Walk const& walk, Found& found) {
  for (auto& e : expected) {
    if (e.head.head.size != walk.head().size) continue;
    // Of another log: says nothing about this one, and is reported at the end.
    if (!e.own && to_hex(e.head.key) != walk.genesis_key()) continue;
    e.seen = true;
    if (e.head.head.chain == walk.head().chain) continue;
    auto const last = std::to_string(walk.head().size - 1);
    found.tampered.push_back("record " + last + ": the log up to here differs from " + e.what);
    return false;
  }
  return true;
}

void check_ends(std::vector<Expected> const& expected, audit::Walk const& walk, Found& found) {
  auto const size = walk.head().size;
  for (auto const& e : expected) {
    if (to_hex(e.head.key) != walk.genesis_key()) {
      if (e.own)
        found.tampered.emplace_back("audit.head is signed with another key than record 0 names");
      else
        found.unchecked.emplace_back("the checkpoint cannot be checked: it is signed with another log's key");
    } else if (e.own && e.seen) {
      found.unsigned_records = size - e.head.head.size;
    } else if (!e.seen) {
      found.tampered.push_back("record " + std::to_string(size) + ": missing; " + e.what + " covers " +
                               std::to_string(e.head.head.size) + " records, the log has " +
                               std::to_string(size));
    }
  }
}

// The gateway signs within a second: what came much later was not written by one that could.
void check_age(std::vector<Expected> const& expected, std::optional<WallTime> last, std::int64_t size,
               Found& found) {
  for (auto const& e : expected)
    if (e.own && last && size > e.head.head.size && last->ns - e.head.time.ns > audit::kUnsignedMost.count())
      found.breaks.add(e.head.head.size, "unsigned", std::to_string(size) + to_hex(found.chain),
                       "records from " + std::to_string(e.head.head.size) +
                           " on are younger than audit.head can be: no signature covers them");
}

// All the records, and what else there is from what they say.
void check_rows(Db& db, std::filesystem::path const& data_dir, std::vector<Expected>& expected,
                Found& found) {
  audit::Walk walk;
  DocumentCheck documents;
  LedgerCheck ledger;
  AlertCheck alerts;
  RowStateCheck state;
  std::vector<std::pair<std::int64_t, audit::Acknowledgement>> acknowledged;
  std::optional<WallTime> last;
  bool sealed = false;
  Statement rows{db, "SELECT seq,bytes,hash,typeof(bytes),typeof(hash) FROM audit_record ORDER BY seq"};
  if (!meets(expected, walk, found)) return;
  for (audit::Said said; rows.step();) {
    auto const seq = walk.head().size;
    auto const hash = rows.blob(2);
    if (rows.text(3) != "text" || rows.text(4) != "blob") {
      found.tampered.push_back("record " + std::to_string(seq) + ": a column has another type");
      return;
    }
    std::string_view const hash_text{reinterpret_cast<char const*>(hash.data()), hash.size()};
    if (!walk.step(rows.integer(0), rows.text(1), hash_text, said)) {
      found.tampered.push_back(walk.problem());
      return;
    }
    found.records = walk.head().size;
    if (!meets(expected, walk, found)) return;
    sealed = sealed || said.ledger || !said.documents.empty();
    documents.said(seq, said);
    ledger.said(seq, said);
    alerts.said(seq, said);
    state.said(seq, said);
    if (said.acknowledgement) acknowledged.emplace_back(seq, std::move(*said.acknowledgement));
    last = said.time;
  }
  found.chain = walk.head().chain;
  if (found.records == 0) {
    found.tampered.emplace_back("record 0: the log is empty");
    return;
  }
  check_ends(expected, walk, found);
  found.breaks.list = walk.breaks();
  found.breaks.set_last_epoch(walk.last_epoch());
  check_age(expected, last, found.records, found);
  auto const schema = schema_of(db);
  if (schema >= kStateSince)
    state.finish(db, data_dir, walk.head(), found.breaks);
  else if (state.kept())
    found.tampered.emplace_back("the schema: it is older than the records");
  if (schema >= kSealedSince) {
    documents.finish(db, found.breaks);
    ledger.finish(db, found.breaks);
    alerts.finish(db, found.breaks);
    check_meta(db, found.records, found.breaks);
  } else if (sealed && !state.kept()) {
    found.tampered.emplace_back("the schema: it is older than the records");
  }
  for (auto& b : found.breaks.list)
    for (auto const& [seq, ack] : acknowledged)
      if (std::find(ack.breaks.begin(), ack.breaks.end(), b.id) != ack.breaks.end()) b.acknowledged = seq;
}

void check_database(std::filesystem::path const& file, std::chrono::milliseconds lock_wait,
                    std::vector<Expected>& expected, Found& found) {
  try {
    Db db{file, SQLITE_OPEN_READONLY};
    sqlite3_busy_timeout(db.get(), static_cast<int>(lock_wait.count()));
    db.exec("BEGIN");  // one state of all tables, whatever a running gateway writes meanwhile
    check_schema_is_known(schema_of(db));
    if (auto const other = schema_difference(db); !other.empty())
      found.tampered.push_back("the schema: " + other);
    else if (auto const value = value_difference(db, true); !value.empty())
      found.tampered.push_back("the database: " + value);
    else
      check_rows(db, file.parent_path(), expected, found);
  } catch (SqlError const& e) {
    auto const kind = e.code & 0xff;
    bool const damaged = kind == SQLITE_CORRUPT || kind == SQLITE_NOTADB || kind == SQLITE_ERROR;
    if (damaged)
      found.tampered.push_back("record " + std::to_string(found.records) +
                               " or what follows: the database is damaged: " + printable(e.what()));
    else
      found.unreadable.push_back("the database cannot be read: " + printable(e.what()));
  }
}

std::string counted(std::size_t n, char const* what) {
  return std::to_string(n) + " " + what + (n == 1 ? "" : "s");
}

VerifyReport report_of(Found found) {
  VerifyReport out;
  out.records = found.records;
  std::vector<std::string> open, closed;
  for (auto const& b : found.breaks.list) {
    if (b.acknowledged)
      closed.push_back(b.text + " (acknowledged by record " + std::to_string(*b.acknowledged) + ")");
    else
      open.push_back(b.text + " (tsg audit acknowledge " + std::to_string(b.seq) + " --reason …)");
  }
  std::vector<std::string> lines;
  auto const add = [&](char const* before, std::vector<std::string> const& all) {
    for (auto const& one : all) lines.push_back(before + one);
  };
  add("", found.unreadable);
  add("tampered: ", found.tampered);
  add("", found.unchecked);
  out.exit_code = !found.unreadable.empty()  ? 3
                  : !found.tampered.empty()  ? 1
                  : !found.unchecked.empty() ? 2
                  : !open.empty()            ? 4
                                             : 0;
  if (lines.empty()) {
    std::string all = "consistent";
    if (!open.empty()) all += ", but " + counted(open.size(), "break");
    all += ": " + std::to_string(found.records) + " records, head " + to_hex(found.chain);
    if (found.unsigned_records > 0)
      all += ", " + std::to_string(found.unsigned_records) + " of them behind the signed head";
    if (!closed.empty()) all += ", " + counted(closed.size(), "acknowledged break");
    lines.push_back(std::move(all));
  }
  add("break: ", open);
  add("", closed);
  for (auto const& line : lines) out.message += (out.message.empty() ? "" : "\n  ") + line;
  out.breaks = std::move(found.breaks.list);
  return out;
}

}  // namespace

VerifyReport verify(std::filesystem::path const& data_dir,
                    std::optional<std::filesystem::path> const& checkpoint,
                    std::chrono::milliseconds lock_wait) {
  Found found;
  // The heads are read before the log: a running gateway appends meanwhile, and more than the head is fine.
  auto const file = data_dir / "tsg.db";
  if (auto why = unreadable(file); !why.empty()) {
    found.unreadable.push_back(std::move(why));
    return report_of(std::move(found));
  }
  if (auto const odd = odd_file(data_dir); !odd.empty()) {
    found.unreadable.push_back(odd + " cannot be read: it is not a regular file");
    return report_of(std::move(found));
  }
  auto expected = read_heads(data_dir, checkpoint, found);
  check_database(file, lock_wait, expected, found);
  return report_of(std::move(found));
}

}  // namespace tsg::store
