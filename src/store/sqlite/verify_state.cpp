#include "store/dispatch_map.hpp"
#include "store/printable.hpp"
#include "store/row_state.hpp"
#include "store/sqlite/verify_rows.hpp"

namespace tsg::store {
namespace {

void check_answers(Db& db, Breaks& breaks) {
  Group different;
  Statement rows{db,
                 "SELECT scope,key,sealed_body,coalesce(body_sha256,x'') FROM idempotency "
                 "WHERE sealed_body IS NOT NULL OR body_sha256 IS NOT NULL"};
  while (rows.step())
    if (rows.null(2) || !crypto::equal(crypto::sha256(rows.blob(2)), rows.blob(3)))
      different.add(0, printable(rows.text(1)), rows.text(0));
  different.report(breaks, "answers different", "kept answers are not those that were sealed");
}

}  // namespace

void RowStateCheck::said(std::int64_t seq, audit::Said const& record) {
  if (record.differ) differ_.emplace_back(seq, *record.differ);
  bool const adopts = record.kind == "rows.adopt";
  if (adopts && kept_) adopted_late_.push_back(seq);
  kept_ = kept_ || adopts || record.keeps_row_state;
}

void RowStateCheck::finish(Db& db, std::filesystem::path const& data_dir, audit::ChainHead const& log,
                           Breaks& breaks) {
  for (auto const& [seq, what] : differ_)
    breaks.add(
        seq, "rows differ " + std::to_string(seq), "",
        "record " + std::to_string(seq) + ": rows that no record names were edited: " + printable(what));
  for (auto const seq : adopted_late_)
    breaks.add(
        seq, "rows adopted " + std::to_string(seq), "",
        "record " + std::to_string(seq) +
            " takes open holds and idempotency keys over as it found them, although their state was kept");
  if (!kept_) return;  // an older build made it, and no newer one has started on it
  auto const wrong = [&](std::string const& state, std::string text) {
    breaks.add(0, "meta rows_state", state, "table meta: " + std::move(text));
  };
  Statement find{db, "SELECT value FROM meta WHERE name=?"};
  find.bind(std::string_view{kRowState});
  std::string const text{find.step() ? find.text(0) : std::string_view{}};
  find.reset();
  auto const told = RowState::parse(text);
  if (!told) return wrong(text, "the state of the rows that no record names is missing or damaged");
  RowState::Counts const found{db.integer("SELECT count(*) FROM ledger WHERE state=0"),
                               db.integer("SELECT count(*) FROM idempotency"),
                               db.integer("SELECT count(*) FROM key_used")};
  constexpr std::array<char const*, 3> names{"open holds", "idempotency keys", "times of keys' use"};
  for (std::size_t i = 0; i < found.size(); ++i)
    if (found[i] != told->counts[i])
      wrong(text + std::to_string(found[i]), std::to_string(told->counts[i]) + " " + names[i] +
                                                 " had been left, and there are " + std::to_string(found[i]));
  if (told->size != log.size || told->chain != to_hex(log.chain))
    wrong(text,
          "open holds and idempotency keys are those of a log of " + std::to_string(told->size) + " records");
  check_answers(db, breaks);
  auto const map = data_dir / "dispatch.map";
  std::error_code ec;
  if (std::filesystem::exists(map, ec) && !is_dispatch_map(map))
    breaks.add(0, "dispatch.map", "", "dispatch.map is not a file that this gateway writes");
}

}  // namespace tsg::store
