#include "store/sqlite/schema_check.hpp"

#include <algorithm>
#include <map>
#include <utility>
#include <vector>

#include "store/printable.hpp"
#include "store/sqlite/migrate.hpp"

namespace tsg::store {
namespace {

using Objects = std::map<std::pair<std::string, std::string>, std::string>;  // (type, name) -> table and text

// Other versions of SQLite keep the text of an altered table with other blanks.
std::string one_spaced(std::string_view sql) {
  std::string out;
  for (char const c : sql) {
    bool const blank = c == ' ' || c == '\t' || c == '\n' || c == '\r';
    if (!blank)
      out += c;
    else if (!out.empty() && out.back() != ' ')
      out += ' ';
  }
  return out;
}

Objects objects_of(Db& db) {
  Objects out;
  Statement rows{db,
                 "SELECT type,name,tbl_name,coalesce(sql,'') FROM sqlite_schema "
                 "WHERE name NOT IN ('sqlite_stat1','sqlite_stat3','sqlite_stat4')"};
  while (rows.step())
    out.try_emplace({std::string{rows.text(0)}, std::string{rows.text(1)}},
                    std::string{rows.text(2)} + ": " + one_spaced(rows.text(3)));
  return out;
}

std::string named(Objects::value_type const& object) {
  return "the " + printable(object.first.first) + " '" + printable(object.first.second) + "'";
}

struct Column {
  std::string name, allowed;  // of typeof(), as a list in SQL
};

std::vector<Column> columns_of(Db& db, std::string const& table) {
  std::vector<Column> out;
  Statement rows{db,
                 ("SELECT name,lower(type),\"notnull\",pk FROM pragma_table_info('" + table + "')").c_str()};
  while (rows.step()) {
    std::string name{rows.text(0)};
    if (table == "meta" && name == "value") continue;  // of any type; its readers check
    std::string allowed = "'" + std::string{rows.text(1)} + "'";
    if (rows.integer(2) == 0 && rows.integer(3) == 0) allowed += ",'null'";
    if (table == "ledger" && name == "parts") allowed += ",'blob'";  // an open row keeps room there
    out.push_back({std::move(name), std::move(allowed)});
  }
  return out;
}

// What grows with each request: a start that looked at all of it would take minutes after a year.
bool grows(std::string_view table) noexcept {
  return table == "ledger" || table == "idempotency";
}

// Holds are never below zero: one that is would give money back.
constexpr char const* kHoldBelowZero =
    "SELECT id FROM ledger WHERE state=0 AND hold<0 AND "
    "id>=coalesce((SELECT value FROM meta WHERE name='open_holds_from'),0) LIMIT 1";

}  // namespace

std::string value_difference(Db& db, bool every) {
  std::vector<std::string> tables;
  {
    Statement rows{
        db, "SELECT name FROM sqlite_schema WHERE type='table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'"};
    while (rows.step()) tables.emplace_back(rows.text(0));
  }
  for (auto const& table : tables) {
    if (table == "audit_record" || (grows(table) && !every))
      continue;  // the walk over the log names the record
    std::string which, where;
    for (auto const& c : columns_of(db, table)) {
      auto const other = "typeof(" + c.name + ") NOT IN (" + c.allowed + ")";
      which += " WHEN " + other + " THEN '" + c.name + "'";
      where += (where.empty() ? "" : " OR ") + other;
    }
    if (where.empty()) continue;
    Statement found{db,
                    ("SELECT CASE" + which + " END FROM " + table + " WHERE " + where + " LIMIT 1").c_str()};
    if (found.step()) return "a value of another type in " + table + "." + std::string{found.text(0)};
  }
  if (std::find(tables.begin(), tables.end(), "ledger") == tables.end()) return {};  // nothing is made yet
  Statement below{db, kHoldBelowZero};
  return below.step() ? "a hold below zero in ledger" : "";
}

std::string schema_difference(Db& db) {
  Db made{":memory:", SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE};
  migrate(made, schema_of(db));
  auto const expected = objects_of(made), found = objects_of(db);
  for (auto const& object : found)
    if (!expected.contains(object.first)) return named(object) + " is none that this gateway makes";
  for (auto const& object : expected) {
    auto const it = found.find(object.first);
    if (it == found.end()) return named(object) + " is missing";
    if (it->second != object.second) return named(object) + " is not as this gateway makes it";
  }
  return {};
}

}  // namespace tsg::store
