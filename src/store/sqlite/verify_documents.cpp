#include <algorithm>

#include "store/printable.hpp"
#include "store/row_state.hpp"
#include "store/seals.hpp"
#include "store/sqlite/verify_rows.hpp"

namespace tsg::store {
namespace {

std::string document_name(Statement const& row) {
  return printable(row.text(0)) + " " + printable(row.text(1));
}

// Everything of a row but its name; for a version also the number of its record.
std::string document_state(std::int64_t version, bool deleted, std::string_view json,
                           std::int64_t changed_ms) {
  return std::to_string(version) + (deleted ? "-" : "+") + std::to_string(changed_ms) + text_seal(json);
}

}  // namespace

void Breaks::add(std::int64_t seq, std::string const& what, std::string const& state, std::string text) {
  list.emplace_back(std::max(seq, last_epoch_),
                    state.empty() ? what : what + " " + text_seal(state).substr(0, 16), std::move(text));
}

void Group::add(std::int64_t seq, std::string const& name, std::string_view state) {
  if (count_++ == 0) {
    first_ = name;
    seq_ = seq;
  }
  states_ = text_seal(states_ + name + text_seal(state));  // a chain: as many as there are, in bounded memory
}

void Group::report(Breaks& to, std::string const& what, std::string const& text) const {
  if (count_ == 0) return;
  to.add(seq_, what, states_, std::to_string(count_) + " " + text + " (first: " + first_ + ")");
}

void DocumentCheck::said(std::int64_t seq, audit::Said const& record) {
  bool const adopts = record.kind == "log.adopt";
  bool again = adopts && changed_;
  changed_ = changed_ || record.ledger.has_value();
  if (record.kind == "document.differs") edited_.push_back(seq);
  for (auto const& d : record.documents) {
    changed_ = changed_ || !adopts;
    Sealed sealed{seq, d.changed_ms, d.sha256, d.deleted, false};
    auto const fresh = documents_[{d.kind, d.id}].insert_or_assign(d.version, std::move(sealed)).second;
    again = again || (adopts && !fresh);
  }
  if (again) adopted_late_.push_back(seq);
}

void DocumentCheck::check_versions(Db& db, Breaks& breaks) {
  Group unknown, different, lost;
  Statement rows{db,
                 "SELECT kind,id,version,deleted,json,changed_ms,coalesce(seq,-1) FROM document_version "
                 "ORDER BY kind,id,version"};
  while (rows.step()) {
    auto const version = rows.integer(2), seq = rows.integer(6);
    bool const deleted = rows.integer(3) != 0;
    auto const name = document_name(rows) + " version " + std::to_string(version);
    auto const state = document_state(version, deleted, rows.text(4), rows.integer(5)) + std::to_string(seq);
    auto const document = documents_.find({std::string{rows.text(0)}, std::string{rows.text(1)}});
    auto const found =
        document == documents_.end() ? decltype(document->second.find(0)){} : document->second.find(version);
    if (document == documents_.end() || found == document->second.end()) {
      unknown.add(0, name, state);
      continue;
    }
    auto& sealed = found->second;
    sealed.seen = true;
    bool const same = sealed.sha256 == text_seal(rows.text(4)) && sealed.deleted == deleted &&
                      sealed.changed_ms == rows.integer(5) && (seq == -1 || seq == sealed.seq);
    if (!same) different.add(sealed.seq, name, state);
  }
  for (auto const& [name, versions] : documents_)
    for (auto const& [version, sealed] : versions)
      if (!sealed.seen)
        lost.add(sealed.seq,
                 printable(name.first) + " " + printable(name.second) + " version " + std::to_string(version),
                 "");
  unknown.report(breaks, "versions unknown", "versions of documents are in no record");
  different.report(breaks, "versions different", "versions of documents are not as their records left them");
  lost.report(breaks, "versions missing", "versions of documents are missing, their records are there");
}

void DocumentCheck::check_documents(Db& db, Breaks& breaks) {
  std::set<Name> there;
  Statement rows{db, "SELECT kind,id,version,deleted,json,changed_ms FROM document ORDER BY kind,id"};
  while (rows.step()) {
    Name name{std::string{rows.text(0)}, std::string{rows.text(1)}};
    bool const deleted = rows.integer(3) != 0;
    auto const state = document_state(rows.integer(2), deleted, rows.text(4), rows.integer(5));
    auto const shown = document_name(rows);
    auto const known = documents_.find(name);
    there.insert(std::move(name));
    if (known == documents_.end()) {
      breaks.add(0, "document " + shown, state, "the " + shown + " is in no record");
      continue;
    }
    auto const& [version, last] = *known->second.rbegin();
    bool const same = version == rows.integer(2) && last.deleted == deleted &&
                      last.changed_ms == rows.integer(5) && last.sha256 == text_seal(rows.text(4));
    if (!same)
      breaks.add(last.seq, "document " + shown, state,
                 "the " + shown + " is not what record " + std::to_string(last.seq) + " left (version " +
                     std::to_string(version) + ")");
  }
  for (auto const& [name, versions] : documents_)
    if (!there.contains(name)) {
      auto const shown = printable(name.first) + " " + printable(name.second);
      auto const seq = versions.rbegin()->second.seq;
      breaks.add(seq, "document " + shown, "missing",
                 "the " + shown + " is missing; record " + std::to_string(seq) + " left it");
    }
}

void DocumentCheck::finish(Db& db, Breaks& breaks) {
  for (auto const seq : adopted_late_)
    breaks.add(seq, "adopted " + std::to_string(seq), "",
               "record " + std::to_string(seq) +
                   " takes rows over as it found them, although rows were sealed before");
  for (auto const seq : edited_)
    breaks.add(
        seq, "edited " + std::to_string(seq), "",
        "record " + std::to_string(seq) + ": a start found a document that was edited in the database");
  check_versions(db, breaks);
  check_documents(db, breaks);
}

void AlertCheck::said(std::int64_t seq, audit::Said const& record) {
  if (!record.alert) return;
  auto const& a = *record.alert;
  told_.try_emplace({a.scope, a.scope_id, a.environment, a.window_ms, a.percent}, seq);
}

void AlertCheck::finish(Db& db, Breaks& breaks) {
  Group unknown, lost;
  std::set<Alert> there;
  Statement rows{db,
                 "SELECT scope,scope_id,environment,window_ms,percent FROM budget_alert ORDER BY "
                 "scope,scope_id,environment,window_ms,percent"};
  while (rows.step()) {
    Alert alert{std::string{rows.text(0)}, std::string{rows.text(1)}, std::string{rows.text(2)},
                rows.integer(3), rows.integer(4)};
    auto const name = document_name(rows) + " " + std::to_string(rows.integer(4)) + " percent";
    if (!told_.contains(alert)) unknown.add(0, name, std::to_string(rows.integer(3)));
    there.insert(std::move(alert));
  }
  for (auto const& [alert, seq] : told_)
    if (!there.contains(alert)) lost.add(seq, std::get<0>(alert) + " " + std::get<1>(alert), "");
  unknown.report(breaks, "alerts unknown", "budget alerts are marked as raised that are in no record");
  lost.report(breaks, "alerts missing", "budget alerts are on record and not marked as raised");
}

void check_meta(Db& db, std::int64_t records, Breaks& breaks) {
  static std::set<std::string, std::less<>> const known{
      "master_key_check", "key_pepper_check", "open_holds_from", "rolled_seq",
      "rolled_from",      "rows_sealed",      kRowState};
  auto const wrong = [&](std::string const& what, std::string const& state, std::string text) {
    breaks.add(0, "meta " + what, state, "table meta: " + std::move(text));
  };
  Statement rows{db, "SELECT name FROM meta ORDER BY name"};
  while (rows.step())
    if (!known.contains(rows.text(0)))
      wrong(printable(rows.text(0)), "",
            "'" + printable(rows.text(0)) + "' is none that this gateway writes");
  if (db.integer("SELECT count(*) FROM meta WHERE name='master_key_check'") == 0)
    wrong("master_key_check", "", "what tells the right master key is missing");
  auto const rolled = db.integer("SELECT value FROM meta WHERE name='rolled_seq'");
  if (rolled > records)
    wrong("rolled_seq", std::to_string(rolled),
          "sums are said to hold " + std::to_string(rolled) + " records");
  auto const from = db.integer("SELECT value FROM meta WHERE name='open_holds_from'");
  auto const open = db.integer("SELECT coalesce(min(id),0) FROM ledger WHERE state=0");
  if (open != 0 && open < from)
    wrong("open_holds_from", std::to_string(open) + " " + std::to_string(from),
          "the open hold " + std::to_string(open) + " would never be settled");
}

}  // namespace tsg::store
