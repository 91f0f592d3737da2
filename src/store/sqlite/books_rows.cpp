// Rows that no record names: how they are counted, what a start says of them, and the state that each
// transaction leaves.
#include <algorithm>

#include "store/printable.hpp"
#include "store/row_bytes.hpp"
#include "store/sqlite/books.hpp"
#include "tsg/core/log.hpp"
#include "tsg/json/writer.hpp"

namespace tsg::store {
namespace {

void add_reason(std::string& to, std::string reason) {
  to += (to.empty() ? "" : "; ") + std::move(reason);
}

std::string so_many(std::int64_t n, char const* one, char const* many) {
  return std::to_string(n) + " " + (n == 1 ? one : many);
}

std::string differ_fields(WallTime now, std::string const& detail) {
  audit::Record r;
  r.kind = "rows.differ";
  r.time = now;
  r.detail = detail;
  std::string fields;
  audit::append_fields(fields, r);
  return fields;
}

void compare_counts(RowState::Counts const& told, RowState::Counts const& found, std::string& differs) {
  constexpr std::array<std::array<char const*, 2>, 3> names{{{"open hold", "open holds"},
                                                             {"idempotency key", "idempotency keys"},
                                                             {"time of use", "times of use"}}};
  for (std::size_t i = 0; i < names.size(); ++i)
    if (told[i] != found[i])
      add_reason(differs, so_many(told[i], names[i][0], names[i][1]) + " had been left, and there were " +
                              std::to_string(found[i]));
}

}  // namespace

RowState::Mac use_mac(RowState const& rows, std::string_view key_id, std::int64_t at_ms) {
  std::string bytes;
  put_text(bytes, key_id);
  put_number(bytes, at_ms);
  return rows.mac(RowState::use, bytes);
}

RowState::Mac Books::mac(std::int64_t id, Open const& open, std::string_view provider,
                         std::string_view model) const {
  std::string bytes;
  bytes.reserve(320);
  put_number(bytes, id);
  put_hex(bytes, open.request.bytes());
  put_number(bytes, open.time_ms);
  for (std::string_view const text :
       {std::string_view{open.key_id}, std::string_view{open.org}, std::string_view{open.team},
        std::string_view{open.environment}, provider, model, std::string_view{open.model_requested}})
    put_text(bytes, text);
  put_number(bytes, open.priced ? std::optional{open.hold.v} : std::nullopt);
  put_number(bytes, open.markup_micro);
  return rows_.mac(RowState::hold, bytes);
}

// All of `meta` but the state itself.
std::string Books::meta_rows(std::vector<std::string> const& but) {
  std::string out;
  Statement rows{db_, "SELECT name,typeof(value),value FROM meta WHERE name<>? ORDER BY name"};
  rows.bind(std::string_view{kRowState});
  while (rows.step()) {
    if (std::ranges::find(but, rows.text(0)) != but.end()) continue;
    put_text(out, rows.text(0));
    put_text(out, rows.text(1));
    put_hex(out, rows.blob(2));
  }
  return out;
}

void Books::count_rows(bool older, bool map_counts, std::string& differs) {
  std::int64_t silent = 0;
  for (auto const& r : open_rows()) {
    auto const row = open_of(r.id, r);
    rows_.add(RowState::hold, row.mac);
    auto const shown = std::span{r.parts}.first(std::min(r.parts.size(), row.mac.shown.size()));
    bool const rest_empty = std::all_of(r.parts.begin() + static_cast<std::ptrdiff_t>(shown.size()),
                                        r.parts.end(), [](auto byte) { return byte == 0; });
    bool const unsealed = older && std::ranges::all_of(shown, [](auto byte) { return byte == 0; });
    bool const ours = r.blank && rest_empty && (unsealed || row.mac.is(shown));
    if (!ours) foreign_.push_back(r.id);
    silent += map_counts && dispatch_.silent_on(r.id);
  }
  if (!foreign_.empty())
    add_reason(differs,
               so_many(static_cast<std::int64_t>(foreign_.size()), "open hold was", "open holds were") +
                   " not written by this gateway (first: row " + std::to_string(foreign_.front()) + ")");
  if (silent > 0)
    add_reason(differs, "dispatch.map did not say of " + so_many(silent, "open hold", "open holds") +
                            " whether the request was sent");
  if (auto const n = claims_.count_rows(older); n > 0)
    add_reason(differs,
               so_many(n, "idempotency key was", "idempotency keys were") + " not written by this gateway");
  Statement uses{db_, "SELECT key_id,at_ms FROM key_used"};
  while (uses.step()) rows_.add(RowState::use, use_mac(rows_, uses.text(0), uses.integer(1)));
}

Books::RowsFound Books::look_at_rows(audit::ChainHead const& log, bool log_is_whole,
                                     std::vector<std::string> const& new_meta) {
  RowsFound out;
  auto const meta = meta_rows(new_meta);
  Statement find{db_, "SELECT value FROM meta WHERE name=?"};
  find.bind(std::string_view{kRowState});
  out.adopts = !find.step();
  std::string const text{out.adopts ? std::string_view{} : find.text(0)};
  find.reset();
  count_rows(out.adopts, log_is_whole, out.differs);
  if (out.adopts) return out;
  auto const told = RowState::parse(text);
  if (!told) {
    add_reason(out.differs, "what this gateway had left of them in table meta cannot be read");
    return out;
  }
  compare_counts(told->counts, rows_.counts(), out.differs);
  auto const token = rows_.fits(*told, meta);
  if (!token && out.differs.empty())
    add_reason(out.differs, "they or table meta are not as this gateway left them");
  if (!log_is_whole) return out;  // a database of another moment, which is told
  if (told->size != log.size || told->chain != to_hex(log.chain))
    add_reason(out.differs, "they are those of a log of " + std::to_string(told->size) + " records");
  if (!told->map) return out;  // nothing can have been admitted since
  using Found = DispatchMap::Found;
  auto const map = dispatch_.found();
  if (map == Found::missing) add_reason(out.differs, "dispatch.map was missing");
  if (map == Found::foreign || map == Found::older) {
    add_reason(out.differs, "dispatch.map was not written by this gateway");
    dispatch_.distrust();
  }
  if (map == Found::ours && token && !dispatch_.knows_state(*token))
    add_reason(out.differs, "the database and dispatch.map are not of one moment");
  return out;
}

void Books::tell_rows(RowsFound const& found, bool first_life, WallTime now) {
  if (found.adopts && !first_life) {
    audit::Record r;
    r.kind = "rows.adopt";
    r.time = now;
    json::Writer w{r.after_json};
    auto const& n = rows_.counts();
    w.begin_object().key("holds").integer(n[RowState::hold]).key("claims").integer(n[RowState::claim]);
    w.key("uses").integer(n[RowState::use]).end_object();
    r.detail = "made before their state was kept: taken over as found";
    std::string fields;
    audit::append_fields(fields, r);
    append(fields);
  }
  if (found.differs.empty()) return;
  append(differ_fields(now, found.differs));
  log::error(
      "open holds and what else no record names were edited outside of this gateway: {}. Run `tsg audit "
      "verify`",
      {found.differs});
}

std::optional<std::uint64_t> Books::seal(WallTime now) {
  if (auto const n = claims_.take_edited(); n > 0) {
    auto const detail = so_many(n, "idempotency key", "idempotency keys") +
                        " met by a request was not written by this gateway: nothing is replayed";
    append(differ_fields(now, detail));
    log::error("{}. Run `tsg audit verify`", {detail});
  }
  bool const same = meta_ && !rows_.changed() && sealed_size_ == head_.size && sealed_map_ == map_made_;
  if (same) return std::nullopt;
  if (!meta_) meta_ = meta_rows();
  auto const sealed = rows_.seal(head_, map_made_, *meta_);
  put_state_.bind(std::string_view{kRowState}).bind(std::string_view{sealed.text}).run_one();
  sealed_size_ = head_.size;
  sealed_map_ = map_made_;
  return sealed.token;
}

}  // namespace tsg::store
