#include <algorithm>

#include "store/printable.hpp"
#include "store/seals.hpp"
#include "store/sqlite/verify_rows.hpp"
#include "store/usage_span.hpp"

namespace tsg::store {
namespace {

std::array<std::string, 6> names_of(UsageNames const& n) {
  return {std::string{n.org},    std::string{n.team},     std::string{n.environment},
          std::string{n.key_id}, std::string{n.provider}, std::string{n.model}};
}

std::string row_name(std::int64_t id) {
  return "row " + std::to_string(id);
}

}  // namespace

// One pass over the ledger: rows against their seals, and the sums they make.
struct LedgerCheck::Scan {
  std::int64_t rolled_from = 0, rolled_seq = 0;
  Sums quarters, days;
  std::set<Names> names;  // of settled rows; its nodes stay where they are
  Group different, unknown;
};

void LedgerCheck::said(std::int64_t seq, audit::Said const& record) {
  if (record.ledger) {
    Sealed sealed{record.ledger->id, seq, {}};
    if (auto const bytes = from_hex(record.ledger->sha256); bytes && bytes->size() == sealed.sha256.size())
      std::copy(bytes->begin(), bytes->end(), sealed.sha256.begin());
    sealed_.push_back(sealed);
  }
  if (record.adopted) adopted_.emplace_back(seq, *record.adopted);
}

void LedgerCheck::scan_rows(Db& db, Breaks& breaks, Scan& scan) {
  std::stable_sort(sealed_.begin(), sealed_.end(), [](auto const& a, auto const& b) { return a.id < b.id; });
  Group lost, twice;
  auto next = sealed_.begin();
  std::string unsealed;  // seal of all rows so far that no record names
  std::int64_t unsealed_rows = 0;
  auto adopted = adopted_.begin();
  auto const close_adopted = [&](std::int64_t up_to) {
    for (; adopted != adopted_.end() && adopted->second.to_id < up_to; ++adopted) {
      auto const& told = adopted->second;
      if (told.rows != unsealed_rows || told.sha256 != unsealed)
        breaks.add(adopted->first, "ledger adopted", unsealed + std::to_string(unsealed_rows),
                   "the ledger's rows up to " + std::to_string(told.to_id) + " are not those that record " +
                       std::to_string(adopted->first) + " took over");
      unsealed.clear();
      unsealed_rows = 0;
    }
  };
  Statement rows{db, (std::string{kLedgerRows} + " ORDER BY id").c_str()};
  while (rows.step()) {
    auto const row = closed_row(rows);
    for (; next != sealed_.end() && next->id < row.id; ++next) lost.add(next->seq, row_name(next->id), "");
    bool const is_sealed = next != sealed_.end() && next->id == row.id;
    auto const seal = ledger_seal(row);
    close_adopted(row.id);
    if (is_sealed) {
      bool const request_fits = rows.blob(16).size() == row.request.size();
      if (row.state == 0 || seal != next->sha256 || row.settled_seq != next->seq || !request_fits)
        scan.different.add(next->seq, row_name(row.id) + ", record " + std::to_string(next->seq),
                           to_hex(seal));
      auto const seq = next->seq;
      for (++next; next != sealed_.end() && next->id == row.id; ++next)
        twice.add(seq, row_name(row.id) + ", record " + std::to_string(next->seq), "");
    } else if (row.state != 0) {
      if (adopted != adopted_.end()) {
        unsealed = text_seal(unsealed + to_hex(seal));
        ++unsealed_rows;
      } else {
        scan.unknown.add(0, row_name(row.id), to_hex(seal));
      }
    }
    if (row.state != 1) continue;
    auto const* names = &*scan.names.insert(names_of(row.names)).first;
    bool const rolled = row.id < scan.rolled_from || row.settled_seq < scan.rolled_seq;
    if (!rolled) continue;
    auto const sum = sum_at(rows, 7);
    scan.quarters[{names, floor_to(row.time_ms, kQuarterMs)}] += sum;
    scan.days[{names, floor_to(row.time_ms, kDayMs)}] += sum;
  }
  for (; next != sealed_.end(); ++next) lost.add(next->seq, row_name(next->id), "");
  close_adopted(INT64_MAX);
  lost.report(breaks, "ledger missing", "rows of the ledger are missing, their records are there");
  twice.report(breaks, "ledger twice", "records settle a row of the ledger that is settled already");
}

void LedgerCheck::check_dims(Db& db, Breaks& breaks, Scan const& scan) {
  Group dims;
  std::set<Names> seen;
  std::int64_t id = 0;
  Statement rows{db, ("SELECT id," + std::string{kNameColumns} + " FROM usage_dim ORDER BY id").c_str()};
  while (rows.step()) {  // numbered from 1, each once, and for rows that there are
    auto names = names_of(names_at(rows, 1));
    if (rows.integer(0) != ++id || !scan.names.contains(names) || !seen.insert(std::move(names)).second)
      dims.add(0, row_name(rows.integer(0)), "");
  }
  dims.report(breaks, "sums usage_dim", "rows of usage_dim are for nothing in the ledger");
}

void LedgerCheck::check_sums(Db& db, Breaks& breaks, char const* table, Scan const& scan,
                             Sums const& expected) {
  Group different;
  std::set<Sums::key_type> there;
  Statement rows{db, ("SELECT bucket," + std::string{kNameColumns} + "," + sum_columns() + " FROM " + table +
                      " LEFT JOIN usage_dim ON usage_dim.id=dim ORDER BY dim,bucket")
                         .c_str()};
  auto const shown = [](Names const& names, std::int64_t bucket) {
    std::string out;
    for (auto const& name : names) out += printable(name) + " ";
    return out + std::to_string(bucket) + " ms";
  };
  while (rows.step()) {
    auto const names = names_of(names_at(rows, 1));
    auto const known = scan.names.find(names);
    Sums::key_type const key{known == scan.names.end() ? nullptr : &*known, rows.integer(0)};
    auto const found = sum_at(rows, 7);
    auto const it = expected.find(key);
    UsageSum const should = it == expected.end() ? UsageSum{} : it->second;
    std::string state;
    each_member(found, [&](std::int64_t member) { state += std::to_string(member) + " "; });
    bool const first = there.insert(key).second;
    if (!first || found != should || key.first == nullptr) different.add(0, shown(names, key.second), state);
  }
  for (auto const& [key, sum] : expected)
    if (!there.contains(key)) different.add(0, shown(*key.first, key.second), "missing");
  different.report(breaks, std::string{"sums "} + table,
                   std::string{"sums of "} + table + " are not those of the ledger's rows");
}

void LedgerCheck::finish(Db& db, Breaks& breaks) {
  Scan scan;
  scan.rolled_from = db.integer("SELECT value FROM meta WHERE name='rolled_from'");
  scan.rolled_seq = db.integer("SELECT value FROM meta WHERE name='rolled_seq'");
  scan_rows(db, breaks, scan);
  scan.different.report(breaks, "ledger different", "rows of the ledger are not as their records left them");
  scan.unknown.report(breaks, "ledger unknown", "settled rows of the ledger are in no record");
  check_dims(db, breaks, scan);
  check_sums(db, breaks, "usage_quarter", scan, scan.quarters);
  check_sums(db, breaks, "usage_day", scan, scan.days);
}

}  // namespace tsg::store
