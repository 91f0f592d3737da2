// What a record says of the rows that were written with it, so that who edits a row contradicts the log:
// SHA-256 over the row as it was left. src/audit/FORMAT.md is the page of the bytes.
#pragma once
#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "store/sqlite/usage_columns.hpp"
#include "tsg/store/store.hpp"

namespace tsg::store {

struct ClosedRow {  // a closed one
  std::int64_t id = 0;
  std::array<std::uint8_t, 16> request{};
  std::int64_t time_ms = 0;
  UsageNames names;
  std::string_view model_requested;
  std::optional<std::int64_t> hold, cost;
  std::int64_t state = 0, estimated = 0;
  std::int64_t input_tokens = 0, cached_tokens = 0, output_tokens = 0;
  std::string_view price_version, parts;
  std::int64_t markup_micro = 0, settled_seq = 0;
};
// Every row of the ledger, open ones too, as closed_row() reads it; the first 15 columns as kSettledRow has
// them. A number that is missing in `settled_seq` is -1.
inline constexpr char kLedgerRows[] =
    "SELECT time_ms,org,team,environment,key_id,provider,model,1,input_tokens,cached_tokens,output_tokens,"
    "coalesce(cost,0),CASE WHEN estimated THEN coalesce(cost,0) ELSE 0 END,estimated,cost IS NULL,"
    "id,request_id,model_requested,hold,state,cost,price_version,parts,markup,coalesce(settled_seq,-1)"
    " FROM ledger";
ClosedRow closed_row(Statement const& s);  // texts live until the next step

Digest ledger_seal(ClosedRow const& row);
std::string ledger_member(ClosedRow const& row);  // ,"ledger":{"id":…,"sha256":"…"}

// {"kind":…,"id":…,"version":…,"changed_ms":…,"sha256":"…"}, and `deleted` where it is
std::string document_seal(Document const& d, std::int64_t version);
std::string documents_member(std::vector<std::string> const& seals);  // ,"documents":[…]; "" for none
std::string change_fields(WallTime now);  // of the record of a change that brought none
std::string text_seal(std::string_view text);

}  // namespace tsg::store
