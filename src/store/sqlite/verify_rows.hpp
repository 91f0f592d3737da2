// The rest of the database against what the records say of it: each part listens while the log is walked, and
// compares at its end. What differs is a break.
#pragma once
#include <array>
#include <cstdint>
#include <filesystem>
#include <map>
#include <set>
#include <string>
#include <tuple>
#include <vector>

#include "store/sqlite/db.hpp"
#include "store/sqlite/usage_columns.hpp"
#include "tsg/audit/walk.hpp"

namespace tsg::store {

class Breaks {
 public:
  // After a new epoch everything that older records said may be lost: that is where it is acknowledged.
  void set_last_epoch(std::int64_t seq) { last_epoch_ = seq; }
  // `state`: what was found, so that an acknowledgement does not cover what is changed after it.
  void add(std::int64_t seq, std::string const& what, std::string const& state, std::string text);
  std::vector<audit::Break> list;

 private:
  std::int64_t last_epoch_ = 0;
};

// Many of one sort are one break: how many, which is the first, and the state of all.
class Group {
 public:
  void add(std::int64_t seq, std::string const& name, std::string_view state);
  // `text`: what is wrong with all of them.
  void report(Breaks& to, std::string const& what, std::string const& text) const;

 private:
  std::int64_t count_ = 0, seq_ = 0;
  std::string first_, states_;
};

class DocumentCheck {
 public:
  void said(std::int64_t seq, audit::Said const& record);
  void finish(Db& db, Breaks& breaks);

 private:
  struct Sealed {
    std::int64_t seq = 0, changed_ms = 0;
    std::string sha256;
    bool deleted = false, seen = false;
  };
  using Name = std::pair<std::string, std::string>;  // kind, id
  void check_versions(Db& db, Breaks& breaks);
  void check_documents(Db& db, Breaks& breaks);

  std::map<Name, std::map<std::int64_t, Sealed>> documents_;
  std::vector<std::int64_t> adopted_late_, edited_;  // records
  bool changed_ = false;                             // rows have been sealed
};

class LedgerCheck {
 public:
  void said(std::int64_t seq, audit::Said const& record);
  void finish(Db& db, Breaks& breaks);

 private:
  struct Sealed {
    std::int64_t id, seq;
    Digest sha256;
  };
  using Names = std::array<std::string, 6>;
  using Sums = std::map<std::pair<Names const*, std::int64_t>, UsageSum>;  // names and bucket
  struct Scan;
  void scan_rows(Db& db, Breaks& breaks, Scan& scan);
  static void check_dims(Db& db, Breaks& breaks, Scan const& scan);
  static void check_sums(Db& db, Breaks& breaks, char const* table, Scan const& scan, Sums const& expected);

  std::vector<Sealed> sealed_;
  std::vector<std::pair<std::int64_t, audit::AdoptedLedger>> adopted_;  // by record
};

class AlertCheck {
 public:
  void said(std::int64_t seq, audit::Said const& record);
  void finish(Db& db, Breaks& breaks);

 private:
  using Alert = std::tuple<std::string, std::string, std::string, std::int64_t, std::int64_t>;
  std::map<Alert, std::int64_t> told_;  // by record
};

// Open holds, claims and times of use: as many as were left, and at this end of the log. What they are, the
// next start knows: it has the key.
class RowStateCheck {
 public:
  void said(std::int64_t seq, audit::Said const& record);
  void finish(Db& db, std::filesystem::path const& data_dir, audit::ChainHead const& log, Breaks& breaks);
  bool kept() const noexcept { return kept_; }  // by what the records say

 private:
  bool kept_ = false;
  std::vector<std::int64_t> adopted_late_;
  std::vector<std::pair<std::int64_t, std::string>> differ_;  // by record
};

void check_meta(Db& db, std::int64_t records, Breaks& breaks);

}  // namespace tsg::store
