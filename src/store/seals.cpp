#include "store/seals.hpp"

#include <algorithm>

#include "store/row_bytes.hpp"
#include "tsg/audit/record.hpp"
#include "tsg/core/bytes.hpp"
#include "tsg/core/crypto.hpp"
#include "tsg/json/writer.hpp"

namespace tsg::store {
std::string text_seal(std::string_view text) {
  return to_hex(crypto::sha256(as_bytes(text)));
}

ClosedRow closed_row(Statement const& s) {
  auto const number = [&](int column) {
    return s.null(column) ? std::optional<std::int64_t>{} : std::optional{s.integer(column)};
  };
  ClosedRow row;
  row.id = s.integer(15);
  auto const request = s.blob(16);
  std::copy_n(request.begin(), std::min(request.size(), row.request.size()), row.request.begin());
  row.time_ms = s.integer(0);
  row.names = names_at(s, 1);
  row.model_requested = s.text(17);
  row.hold = number(18);
  row.state = s.integer(19);
  row.cost = number(20);
  row.estimated = s.integer(13);
  row.input_tokens = s.integer(8);
  row.cached_tokens = s.integer(9);
  row.output_tokens = s.integer(10);
  row.price_version = s.text(21);
  row.parts = s.text(22);
  row.markup_micro = s.integer(23);
  row.settled_seq = s.integer(24);
  return row;
}

Digest ledger_seal(ClosedRow const& row) {
  std::string out;
  out.reserve(256 + row.parts.size());
  put_number(out, row.id);
  put_hex(out, row.request);
  put_number(out, row.time_ms);
  auto const& n = row.names;
  for (auto const text : {n.key_id, n.org, n.team, n.environment, n.provider, n.model, row.model_requested})
    put_text(out, text);
  put_number(out, row.hold);
  put_number(out, row.state);
  put_number(out, row.cost);
  for (auto const number : {row.estimated, row.input_tokens, row.cached_tokens, row.output_tokens})
    put_number(out, number);
  put_text(out, row.price_version);
  put_text(out, row.parts);
  put_number(out, row.markup_micro);
  put_number(out, row.settled_seq);
  return crypto::sha256(as_bytes(out));
}

std::string ledger_member(ClosedRow const& row) {
  std::string out = ",\"ledger\":{\"id\":";
  append_int(out, row.id);
  out += ",\"sha256\":\"";
  append_hex(out, ledger_seal(row));
  return out += "\"}";
}

std::string document_seal(Document const& d, std::int64_t version) {
  std::string out;
  json::Writer w{out};
  w.begin_object().key("kind").string(d.kind).key("id").string(d.id).key("version").integer(version);
  if (d.deleted) w.key("deleted").boolean(true);
  w.key("changed_ms").integer(d.changed_at.ms()).key("sha256").string(text_seal(d.json)).end_object();
  return out;
}

std::string documents_member(std::vector<std::string> const& seals) {
  if (seals.empty()) return {};
  std::string out = ",\"documents\":[";
  for (auto const& seal : seals) {
    if (out.back() != '[') out += ',';
    out += seal;
  }
  return out += ']';
}

std::string change_fields(WallTime now) {
  audit::Record r;
  r.kind = "document.change";
  r.time = now;
  std::string fields;
  audit::append_fields(fields, r);
  return fields;
}

}  // namespace tsg::store
